import type { HashAlgorithm } from '#core/checksum.ts';
import { createDigest } from '#core/digest.ts';
import { readBytes } from '../copy/move-bytes.ts';
import type { FilePlace } from '../copy/options.ts';
import { askChecksum, checksumsOf } from '../copy/verify.ts';

/** The digest of a file: by the place's own account where it gives one, else by reading the file. */
export async function checksumOfFile(
  place: FilePlace,
  algorithm: HashAlgorithm,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (checksumsOf(place.fileSystem).includes(algorithm)) {
    const told = await askChecksum(place, algorithm, signal);
    if (told !== null) return told;
  }
  const digest = createDigest(algorithm);
  const handle = await place.fileSystem.openRead(place.path, { signal });
  try {
    const everything = { start: 0, length: Number.MAX_SAFE_INTEGER };
    await readBytes(handle, everything, (chunk) => digest.update(chunk), signal);
  } finally {
    await handle.close();
  }
  return digest.finish();
}
