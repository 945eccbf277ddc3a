import { hashAlgorithms, type HashAlgorithm } from '#core/checksum.ts';
import { createDigest, type Digest } from '#core/digest.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { digestNames, type CopyFileOptions, type FilePlace } from './options.ts';

/**
 * The digest to compute while octets pass: the one asked for, the strongest that both ends offer, or that one of
 * them does; null where nobody could compare it.
 */
export function chooseAlgorithm(
  verify: CopyFileOptions['verify'],
  from: FileSystem,
  to: FileSystem,
): HashAlgorithm | null {
  if (verify === false) return null;
  if (typeof verify === 'string') return digestNames[verify];
  const offers = [from, to].map(checksumsOf).filter((offer) => offer.length > 0);
  if (offers.length === 0) return null;
  const common = hashAlgorithms.find((algorithm) => offers.every((offer) => offer.includes(algorithm)));
  return (
    common ?? hashAlgorithms.find((algorithm) => offers.some((offer) => offer.includes(algorithm))) ?? null
  );
}

/** Digests that a file system computes at its own end. */
export function checksumsOf(fileSystem: FileSystem): readonly HashAlgorithm[] {
  return fileSystem.checksum === undefined ? [] : fileSystem.capabilities.checksums;
}

/** Compares a digest with what a file system computes of its file, where it can. Returns whether it could. */
export async function compareDigest(
  place: FilePlace,
  expected: { readonly algorithm: HashAlgorithm; readonly digest: Uint8Array },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { fileSystem, path } = place;
  const { algorithm, digest } = expected;
  if (!checksumsOf(fileSystem).includes(algorithm)) return false;
  const found = await askChecksum(place, algorithm, signal);
  if (found === null) return false;
  if (Buffer.from(found).equals(digest)) return true;
  throw new WherryError(
    'integrity',
    `Cannot copy the file: its ${algorithm} at one end is ${hex(found)}, and what passed through here has ${hex(digest)}`,
    { path },
  );
}

/** The digest by the file system's own account; null where it turns out that it does not tell. */
export async function askChecksum(
  { fileSystem, path }: FilePlace,
  algorithm: HashAlgorithm,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | null> {
  try {
    return (await fileSystem.checksum?.(path, algorithm, { signal })) ?? null;
  } catch (error) {
    // Some servers announce digests and refuse them for files that are too large, or not allowed to be read.
    if (error instanceof WherryError && refusals.has(error.code)) return null;
    throw error;
  }
}

const refusals: ReadonlySet<string> = new Set(['not-supported', 'permission', 'too-large']);

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A digest of octets that pass, or nothing where none is wanted. */
export function digestOf(algorithm: HashAlgorithm | null): Digest | null {
  return algorithm === null ? null : createDigest(algorithm);
}

/** The digest to compare two files by: the strongest that both ends tell, else that one of them does. */
export function compareAlgorithm(from: FileSystem, to: FileSystem): HashAlgorithm {
  return chooseAlgorithm(true, from, to) ?? 'SHA-256';
}
