import { encodeName } from '#core/name-encoding.ts';
import type { Secret } from '#core/secret.ts';

/** Longest password in octets; longer ones are refused, so that a peer cannot make hashing costly by length. */
export const maximumPasswordBytes = 1024;

/**
 * The octets of a password that are hashed: Unicode NFC in UTF-8 (RFC 8265 section 4.2, OpaqueString), so that a
 * client that sends decomposed letters logs in too. Octets that were no UTF-8 are kept as they came.
 */
export function passwordBytes(password: Secret): Buffer {
  const text = password.reveal();
  return encodeName(text.isWellFormed() ? text.normalize('NFC') : text);
}
