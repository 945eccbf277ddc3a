import { WherryError } from '#core/errors.ts';

/** A password hash of another program, as far as it must be read to verify it. */
export type ForeignHash =
  | { readonly scheme: 'bcrypt'; readonly text: string }
  | { readonly scheme: 'sha-crypt'; readonly text: string }
  | {
      readonly scheme: 'pbkdf2';
      readonly digest: Pbkdf2Digest;
      readonly iterations: number;
      readonly salt: Buffer;
      readonly hash: Buffer;
    };

export type Pbkdf2Digest = 'sha1' | 'sha256' | 'sha512';

/**
 * The dearest hashes that are verified: each takes about a second of one core. Dearer ones are nobody's default and
 * would let a few logins keep the server busy.
 */
const maximumBcryptCost = 14;
const maximumShaCryptRounds = 500_000;
const maximumIterations = 2_000_000;
const maximumSaltBytes = 1024;
const digests: Readonly<Record<string, Pbkdf2Digest>> = {
  '': 'sha1',
  sha1: 'sha1',
  sha256: 'sha256',
  sha512: 'sha512',
};

/**
 * Reads a hash that another program made:
 * - bcrypt as htpasswd, PHP and SFTPGo write it (`$2a$`, `$2b$`, `$2y$`);
 * - SHA-crypt of /etc/shadow (`$5$`, `$6$`);
 * - PBKDF2 as Django (`pbkdf2_sha256$…`), passlib (`$pbkdf2-sha256$…` in its own base64 without padding) and SFTPGo
 *   (the same name with padded base64 and the salt as text, or `$pbkdf2-b64salt-sha256$…`) write it.
 *
 * @returns null for a text in none of these forms
 * @throws WherryError `invalid-argument` for one that is malformed, or costs more than is verified here
 */
export function parseForeignHash(text: string): ForeignHash | null {
  if (/^\$2[aby]\$/u.test(text)) return parseBcrypt(text);
  if (/^\$[56]\$/u.test(text)) return parseShaCrypt(text);
  if (/^\$?pbkdf2/u.test(text)) return parsePbkdf2(text);
  return null;
}

function parseBcrypt(text: string): ForeignHash {
  const found = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/u.exec(text);
  if (found === null) throw malformed('bcrypt');
  const cost = Number(found[1]);
  if (cost < 4 || cost > maximumBcryptCost) throw tooDear(`a bcrypt cost of ${cost}`, maximumBcryptCost);
  return { scheme: 'bcrypt', text };
}

function parseShaCrypt(text: string): ForeignHash {
  const found =
    /^\$([56])\$(?:rounds=(\d{1,9})\$)?[^$:\n]{0,16}\$([./A-Za-z0-9]{43}|[./A-Za-z0-9]{86})$/u.exec(text);
  if (found === null || (found[1] === '5') !== (found[3]?.length === 43)) throw malformed('SHA-crypt');
  const rounds = Number(found[2] ?? 5000);
  if (rounds < 1000 || rounds > maximumShaCryptRounds) {
    throw tooDear(`SHA-crypt with ${rounds} rounds`, maximumShaCryptRounds);
  }
  return { scheme: 'sha-crypt', text };
}

function parsePbkdf2(text: string): ForeignHash {
  const django = /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,9})\$([^$]+)\$([A-Za-z0-9+/]+={0,2})$/u.exec(text);
  if (django !== null) return pbkdf2Of(django, Buffer.from(django[3] ?? '', 'utf8'));
  const found =
    /^\$pbkdf2(?:-b64salt)?-?(sha1|sha256|sha512)?\$(\d{1,9})\$([^$]+)\$([A-Za-z0-9+/.]+={0,2})$/u.exec(text);
  if (found === null) throw malformed('PBKDF2');
  const [, , , salt = '', hash = ''] = found;
  const isBase64 = text.startsWith('$pbkdf2-b64salt') || !hash.endsWith('=');
  return pbkdf2Of(found, isBase64 ? decodeBase64(salt) : Buffer.from(salt, 'utf8'));
}

function pbkdf2Of(found: RegExpExecArray, salt: Buffer): ForeignHash {
  const digest = digests[found[1] ?? ''] ?? 'sha256';
  const iterations = Number(found[2]);
  const hash = decodeBase64(found[4] ?? '');
  if (hash.length < 16 || hash.length > 64 || salt.length > maximumSaltBytes) throw malformed('PBKDF2');
  if (iterations < 1 || iterations > maximumIterations) {
    throw tooDear(`PBKDF2 with ${iterations} iterations`, maximumIterations);
  }
  return { scheme: 'pbkdf2', digest, iterations, salt, hash };
}

/** Base64 with or without padding; passlib writes `.` for `+`. */
function decodeBase64(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64');
}

function malformed(scheme: string): WherryError {
  return new WherryError('invalid-argument', `the text begins as a ${scheme} hash and is none`);
}

function tooDear(what: string, most: number): WherryError {
  return new WherryError('invalid-argument', `${what} is beyond what is verified here (at most ${most})`);
}
