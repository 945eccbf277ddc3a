import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { Argon2Cost } from './argon2/argon2id.ts';
import { hashPassword } from './argon2/argon2id.ts';
import { parsePhcString } from './argon2/phc-string.ts';
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
 * Checks a hash that another program made.
 *
 * @throws WherryError `invalid-argument` for a form that cannot be verified
 */
export function storedHash(text: string): string {
  parsePhcString(text);
  return text;
}
