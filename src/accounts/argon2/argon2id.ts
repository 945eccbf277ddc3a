import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { WherryError } from '#core/errors.ts';
import type { Argon2Hash } from './phc-string.ts';
import { formatPhcString, parsePhcString } from './phc-string.ts';

/** How much one hash costs. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
export const defaultArgon2Cost: Argon2Cost = Object.freeze({ memoryKib: 19_456, passes: 2, parallelism: 1 });

/** RFC 9106 section 3.1: 16 octets of salt suffice for password hashing. */
const saltBytes = 16;
/** 256 bits, the length that RFC 9106 section 4 recommends. */
const hashBytes = 32;

const derive = promisify(argon2);

/** Hashes a password with a new salt, off the main thread; the result is a PHC string. */
export async function hashPassword(
  password: Uint8Array,
  cost: Argon2Cost = defaultArgon2Cost,
): Promise<string> {
  const salt = randomBytes(saltBytes);
  return formatPhcString({ ...cost, salt, hash: await run(password, { ...cost, salt, length: hashBytes }) });
}

/**
 * Whether a password is the one that a PHC string was made from; off the main thread, compared in constant time.
 *
 * @throws WherryError `invalid-argument` for a string that is no argon2id hash, `unavailable` when hashing fails
 */
export async function verifyPassword(password: Uint8Array, phcString: string): Promise<boolean> {
  const wanted = parsePhcString(phcString);
  const made = await run(password, { ...wanted, length: wanted.hash.length });
  return timingSafeEqual(made, wanted.hash);
}

/** A hash that no password fits, of the same cost as real ones: what unknown users are verified against. */
export function unmatchableHash(cost: Argon2Cost = defaultArgon2Cost): string {
  return formatPhcString({ ...cost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) });
}

/** Whether a stored hash was made at another cost than new ones are, and should be made again at the next login. */
export function isOutdated(phcString: string, cost: Argon2Cost = defaultArgon2Cost): boolean {
  const { memoryKib, passes, parallelism } = parsePhcString(phcString);
  return memoryKib !== cost.memoryKib || passes !== cost.passes || parallelism !== cost.parallelism;
}

type Derivation = Omit<Argon2Hash, 'hash'> & { readonly length: number };

async function run(password: Uint8Array, derivation: Derivation): Promise<Buffer> {
  try {
    return await derive('argon2id', {
      message: password,
      nonce: derivation.salt,
      parallelism: derivation.parallelism,
      memory: derivation.memoryKib,
      passes: derivation.passes,
      tagLength: derivation.length,
    });
  } catch (thrown) {
    throw new WherryError('unavailable', 'Cannot hash the password: the hash function failed', {
      cause: thrown,
    });
  }
}
