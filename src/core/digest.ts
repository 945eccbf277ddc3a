import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HashAlgorithm } from './checksum.ts';

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
