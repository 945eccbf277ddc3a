import type { FileSystem, ReadHandle, WriteHandle } from '#core/file-system.ts';
import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { BufferPool } from '#engine/buffer-pool.ts';
import { giveWay } from './listing/give-way.ts';

/** Large enough that the calls around a piece cost little; few are kept, because copying is rare. */
const buffers = new BufferPool(256 * 1024, 4);

/** Copies a regular file, by the storage itself where it can; the target appears whole or not at all. */
export async function copyFile(
  fileSystem: FileSystem,
  { from, to }: { readonly from: VirtualPath; readonly to: VirtualPath },
  signal: AbortSignal,
): Promise<void> {
  if (from === to) throw new WherryError('exists', 'A file cannot be copied onto itself', { path: to });
  if (fileSystem.capabilities.copy && fileSystem.copyFile !== undefined) {
    await fileSystem.copyFile(from, to, { signal });
    return;
  }
  const source = await fileSystem.openRead(from, { signal });
  try {
    const mode = source.entry.mode === null ? {} : { mode: source.entry.mode & 0o777 };
    const target = await fileSystem.openWrite(to, { disposition: 'replace', ...mode, signal });
    try {
      await moveOctets(source, target, { position: 0, signal });
    } catch (thrown) {
      await target.abort();
      throw thrown;
    }
    await target.finish();
  } finally {
    await source.close();
  }
}

/**
 * Writes all of one open file into another from a position on, through one bounded buffer.
 *
 * @returns how many octets
 * @throws WherryError `aborted`, or whatever reading and writing throw
 */
export async function moveOctets(
  source: ReadHandle,
  target: WriteHandle,
  { position, signal }: { readonly position: number; readonly signal: AbortSignal },
): Promise<number> {
  const buffer = buffers.take();
  let moved = 0;
  try {
    for (;;) {
      if (signal.aborted) throw new WherryError('aborted', 'Copying was stopped');
      const count = await source.read(buffer, moved);
      if (count === 0) return moved;
      await target.write(buffer.subarray(0, count), position + moved);
      moved += count;
      await giveWay();
    }
  } finally {
    buffers.give(buffer);
  }
}
