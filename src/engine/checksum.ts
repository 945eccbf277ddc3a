import type { HashAlgorithm } from '#core/checksum.ts';
import { createDigest, type Digest } from '#core/digest.ts';
import { WherryError } from '#core/errors.ts';
import type { ChecksumOptions, FileSystem, ReadHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

export { createDigest, type Digest };

/** Large enough that hashing, not the calls around it, is what costs; small enough to give way to others often. */
const readSize = 512 * 1024;

/**
 * The digest of a file or of a part of it, computed at the storage's own end where it offers that for whole files.
 *
 * @throws WherryError `invalid-range` when `start` lies beyond the end
 */
export async function checksumOf(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: ChecksumOptions & { readonly algorithm: HashAlgorithm },
): Promise<Uint8Array> {
  const { algorithm, start = 0, length = Number.POSITIVE_INFINITY, signal } = options;
  const whole = start === 0 && length === Number.POSITIVE_INFINITY;
  if (whole && fileSystem.checksum !== undefined && fileSystem.capabilities.checksums.includes(algorithm)) {
    return fileSystem.checksum(path, algorithm, { signal });
  }
  const handle = await fileSystem.openRead(path, { signal });
  try {
    if (start > (handle.entry.size ?? Number.POSITIVE_INFINITY)) {
      throw new WherryError('invalid-range', 'The position lies beyond the end of the file', { path });
    }
    return await digestRange(handle, createDigest(algorithm), { start, length, signal });
  } finally {
    await handle.close();
  }
}

async function digestRange(
  handle: ReadHandle,
  digest: Digest,
  range: { readonly start: number; readonly length: number; readonly signal: AbortSignal | undefined },
): Promise<Uint8Array> {
  const size = Math.max(1, Math.min(readSize, range.length, handle.entry.size ?? readSize));
  const buffer = Buffer.allocUnsafe(size);
  const end = range.start + range.length;
  let position = range.start;
  while (position < end) {
    if (range.signal?.aborted === true) throw new WherryError('aborted', 'The checksum was stopped');
    const wanted = Math.min(buffer.length, end - position);
    const count = await handle.read(wanted === buffer.length ? buffer : buffer.subarray(0, wanted), position);
    if (count === 0) break;
    digest.update(buffer.subarray(0, count));
    position += count;
    await giveWay();
  }
  return digest.finish();
}

/** Lets other sessions run between two pieces; cached reads would otherwise keep the event loop to themselves. */
async function giveWay(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
