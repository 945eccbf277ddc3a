import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { Argon2Cost } from './argon2/argon2id.ts';
import { hashPassword, isOutdated, verifyPassword } from './argon2/argon2id.ts';
import { parsePhcString } from './argon2/phc-string.ts';
import { parseForeignHash } from './foreign-hashes/formats.ts';
import { verifyForeign } from './foreign-hashes/verify.ts';
import { maximumPasswordBytes, passwordBytes } from './password-bytes.ts';

/**
 * Checks a secret that is to be kept, and gives the function that hashes it.
 *
 * @throws WherryError `invalid-argument` for one without octets, or with more than 1024
 */
export function hashSecret(secret: Secret, cost: Argon2Cost): () => Promise<string> {
  const octets = passwordBytes(secret);
  if (octets.length === 0 || octets.length > maximumPasswordBytes) {
    throw new WherryError('invalid-argument', `it must have 1 to ${maximumPasswordBytes} octets`);
  }
  return async () => hashPassword(octets, cost);
}

/**
 * Checks a hash that another program made: argon2id in PHC form, or one of the forms of {@link parseForeignHash}.
 *
 * @throws WherryError `invalid-argument` for a form that cannot be verified
 */
export function storedHash(text: string): string {
  if (text.startsWith('$argon2')) parsePhcString(text);
  else if (parseForeignHash(text) === null) {
    throw new WherryError(
      'invalid-argument',
      'it is no hash that can be verified: give argon2id, bcrypt, SHA-crypt ($5$, $6$) or PBKDF2',
    );
  }
  return text;
}

/**
 * Whether a password is the one that a stored hash was made from; off the main thread.
 *
 * @throws WherryError `unavailable` when hashing fails
 */
export async function verifyStored(password: Buffer, hash: string): Promise<boolean> {
  const foreign = parseForeignHash(hash);
  return foreign === null ? verifyPassword(password, hash) : verifyForeign(password, foreign);
}

/** Whether a stored hash should be made again at the next login: it is another program's, or cost another price. */
export function needsRenewal(hash: string, cost: Argon2Cost): boolean {
  return parseForeignHash(hash) !== null || isOutdated(hash, cost);
}
