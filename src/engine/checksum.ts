import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type { ChecksumOptions, FileSystem, ReadHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

/** Takes in octets piece by piece and gives the digest at the end. */
export interface Digest {
  update(chunk: Uint8Array): void;
  finish(): Uint8Array;
}

const digestMakers: Readonly<Record<HashAlgorithm, () => Digest>> = {
  'SHA-512': () => cryptoDigest('sha512'),
  'SHA-256': () => cryptoDigest('sha256'),
  'SHA-1': () => cryptoDigest('sha1'),
  MD5: () => cryptoDigest('md5'),
  CRC32: crcDigest,
};

/** A fresh digest of the given algorithm. */
export function createDigest(algorithm: HashAlgorithm): Digest {
  return digestMakers[algorithm]();
}

function cryptoDigest(name: string): Digest {
  const hash = createHash(name);
  return {
    update: (chunk) => void hash.update(chunk),
    finish: () => hash.digest(),
  };
}

function crcDigest(): Digest {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    finish: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

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
