import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { WherryError } from '#core/errors.ts';
import { ComputingThread } from '#threads/computing-thread.ts';
import type { ForeignHash } from './formats.ts';
import type { VerificationAnswer, VerificationRequest } from './worker.ts';

const derive = promisify(pbkdf2);

/**
 * Whether a password is the one that a hash of another program was made from; off the main thread.
 *
 * @throws WherryError `unavailable` when hashing fails
 */
export async function verifyForeign(password: Buffer, hash: ForeignHash): Promise<boolean> {
  if (hash.scheme === 'pbkdf2') {
    const made = await derive(password, hash.salt, hash.iterations, hash.hash.length, hash.digest);
    return timingSafeEqual(made, hash.hash);
  }
  const text = password.toString('utf8');
  // Octets that are no UTF-8 came from none of the programs that make these hashes.
  if (!Buffer.from(text, 'utf8').equals(password) || text.includes('\0')) return false;
  const { right } = await thread.compute({ scheme: hash.scheme, password: text, hash: hash.text });
  if (right === null) {
    throw new WherryError('unavailable', 'Cannot check the password: the hash function failed');
  }
  return right;
}

const thread = new ComputingThread<VerificationRequest, VerificationAnswer>(
  new URL('worker.ts', import.meta.url),
  'Cannot check the password: the thread that does it has ended',
);
