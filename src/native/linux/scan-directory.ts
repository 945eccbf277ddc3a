import type { ScanOptions } from '../contract.ts';
import { DirectoryBatch } from '../directory-batch.ts';
import type { DirectoryColumns } from '../directory-batch.ts';
import { systemError } from '../system-error.ts';
import type { Binding } from './binding.ts';

/** Batches that threads read while the caller is busy with the one before them. */
const batchesAhead = 2;

/** Entries of a directory in batches; see {@link NativeRoom.scanDirectory}. */
export async function* scanDirectory(
  binding: Binding,
  directoryFd: number,
  options: ScanOptions,
): AsyncGenerator<DirectoryBatch> {
  const scan = binding.scanOpen(directoryFd);
  if (typeof scan === 'number') throw systemError(-scan, 'openat');
  const ask = (): ReturnType<Binding['scanNext']> => binding.scanNext(scan, options.maximumEntries);
  try {
    // The first comes alone: most directories end with it.
    const coming = [ask()];
    for (let next = coming.shift(), ended = false; next !== undefined; next = coming.shift()) {
      const block = await next;
      if (typeof block === 'number') throw systemError(-block, 'getdents64');
      // One that finds the end may overtake another that holds the last names.
      ended ||= block === undefined || isLast(block);
      for (let free = ended ? 0 : batchesAhead - coming.length; free > 0; free -= 1) coming.push(ask());
      if (block !== undefined) yield new DirectoryBatch(columnsOf(block));
    }
  } finally {
    binding.scanClose(scan);
  }
}

/** Whether the end of the directory was reached with this block. */
function isLast(block: ArrayBuffer): boolean {
  return new Float64Array(block, 0, 4)[3] === 1;
}

/** Cuts the block that `build_block` in `scan.c` lays out. */
function columnsOf(block: ArrayBuffer): DirectoryColumns {
  const [count = 0, nameOctets = 0, targetOctets = 0] = new Float64Array(block, 0, 4);
  let position = 4 * Float64Array.BYTES_PER_ELEMENT;
  const numbers = (): Float64Array => {
    const column = new Float64Array(block, position, count);
    position += column.byteLength;
    return column;
  };
  const integers = (length: number): Uint32Array => {
    const column = new Uint32Array(block, position, length);
    position += column.byteLength;
    return column;
  };
  const octets = (length: number): Uint8Array => {
    const column = new Uint8Array(block, position, length);
    position += length;
    return column;
  };
  // The order of the fields is the order in the block.
  return {
    count,
    sizes: numbers(),
    modifiedMs: numbers(),
    accessedMs: numbers(),
    changedMs: numbers(),
    createdMs: numbers(),
    devices: numbers(),
    inodes: numbers(),
    modes: integers(count),
    userIds: integers(count),
    groupIds: integers(count),
    linkCounts: integers(count),
    nameOffsets: integers(count + 1),
    linkOffsets: integers(count + 1),
    kinds: octets(count),
    names: octets(nameOctets),
    linkTargets: octets(targetOctets),
  };
}
