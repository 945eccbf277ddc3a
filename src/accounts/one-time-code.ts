import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';

/** Digits of a code: six, as every app shows. */
export const codeDigits = 6;
/** Seconds that one code counts (RFC 6238 section 4.1). */
const stepSeconds = 30;
/** Steps before and after the present one that are taken too, for clocks that differ (RFC 6238 section 5.2). */
const window = 1;
/** RFC 4226 section 4 demands 128 bits and recommends 160, the length of SHA-1. */
const secretBytes = 20;
const minimumSecretBytes = 10;
const maximumSecretBytes = 128;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A new shared secret in base32 (RFC 4648 section 6). */
export function makeCodeSecret(): Secret {
  const bits = Array.from(randomBytes(secretBytes), (octet) => octet.toString(2).padStart(8, '0')).join('');
  return new Secret((bits.match(/.{5}/gu) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join(''));
}

/**
 * A shared secret as apps and other servers write it, in one form.
 *
 * @throws WherryError `invalid-argument` for a text that is no base32, or shorter than 80 bits
 */
export function normaliseCodeSecret(secret: Secret): Secret {
  const text = secret
    .reveal()
    .toUpperCase()
    .replaceAll(/[\s-]|=+$/gu, '');
  const octets = /^[A-Z2-7]+$/u.test(text) ? decodeBase32(text).length : 0;
  if (octets < minimumSecretBytes || octets > maximumSecretBytes) {
    throw new WherryError(
      'invalid-argument',
      `Cannot use the secret of one-time codes: it must be base32 of ${minimumSecretBytes} to ${maximumSecretBytes} octets`,
    );
  }
  return new Secret(text);
}

/** The URI that an app reads from a QR code (Google Authenticator's Key URI Format); as secret as the secret in it. */
export function codeUri(
  secret: Secret,
  { issuer, account }: { readonly issuer: string; readonly account: string },
): Secret {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const query = `secret=${secret.reveal()}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${codeDigits}&period=${stepSeconds}`;
  return new Secret(`otpauth://totp/${label}?${query}`);
}

/** The code for a time step (RFC 4226 section 5.3). */
export function codeAt(secret: Secret, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', decodeBase32(secret.reveal())).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0xf;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** codeDigits).padStart(codeDigits, '0');
}

/** The time step of a moment, in milliseconds since 1970 in UTC. */
export function stepAt(at: number): number {
  return Math.max(0, Math.floor(at / 1000 / stepSeconds));
}

/**
 * The time step that a code is of, when it counts at `at` and lies after `lastStep`; else null. Whoever accepts it
 * keeps the step as the last one, so that no code counts twice (RFC 6238 section 5.2).
 */
export function matchCode(
  secret: Secret,
  code: string,
  { at, lastStep }: { readonly at: number; readonly lastStep: number },
): number | null {
  const given = Buffer.from(code.padEnd(codeDigits).slice(0, codeDigits), 'latin1');
  const present = stepAt(at);
  // A last step that is still to come means that the clock was set back; it would lock the account out until then.
  const last = lastStep > present + window ? 0 : lastStep;
  let found: number | null = null;
  for (let step = Math.max(0, present - window); step <= present + window; step += 1) {
    const isRight = timingSafeEqual(Buffer.from(codeAt(secret, step), 'latin1'), given);
    if (isRight && code.length === codeDigits && step > last) found ??= step;
  }
  return found;
}

function decodeBase32(text: string): Buffer {
  const octets: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of text) {
    held = (held << 5) | alphabet.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    octets.push((held >> bits) & 0xff);
    held &= (1 << bits) - 1;
  }
  return Buffer.from(octets);
}
