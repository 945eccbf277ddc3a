import { randomBytes, timingSafeEqual } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import { ComputingThread } from '#threads/computing-thread.ts';
import { defaultHashQueueLimits } from './hash-queue.ts';
import { formatPhcString, parsePhcString } from './phc-string.ts';
import type { HashAnswer, HashRequest } from './worker.ts';

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

/**
 * As many as the queue of logins lets run at once. Threads of their own have a priority of their own, and leave Node's
 * pool to the files.
 */
const threads = Array.from(
  { length: defaultHashQueueLimits.running },
  () =>
    new ComputingThread<HashRequest, HashAnswer>(
      new URL('worker.ts', import.meta.url),
      'Cannot hash the password: the thread that does it has ended',
    ),
);

async function run(password: Uint8Array, wanted: Omit<HashRequest, 'password'>): Promise<Buffer> {
  const { salt, memoryKib, passes, parallelism, length } = wanted;
  const idlest = threads.reduce((one, other) => (other.load < one.load ? other : one));
  const { hash } = await idlest.compute({ password, salt, memoryKib, passes, parallelism, length });
  if (hash === null) {
    throw new WherryError('unavailable', 'Cannot hash the password: the hash function failed');
  }
  return Buffer.from(hash);
}
