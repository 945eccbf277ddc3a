import { createHash } from 'node:crypto';
import { WherryError } from '#core/errors.ts';
import { noKeyOptions, parseKeyOptions, type KeyOptions } from './key-options.ts';

/** A public key as a line of an authorized_keys file gives it. */
export interface AuthorizedKey {
  /** The type of the key, the first word in its blob. */
  readonly algorithm: string;
  /** The public key of RFC 4253 section 6.6. */
  readonly blob: Buffer;
  /** SHA-256 of the blob as OpenSSH writes it. */
  readonly fingerprint: string;
  readonly comment: string;
  readonly options: KeyOptions;
}

/** Types of keys that can log in. */
export const keyTypes: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** Longest line: OpenSSH reads 8192 octets of one; an RSA key of 16,384 bits takes 2,800. */
export const maximumKeyLineLength = 8192;
const maximumCommentLength = 1000;

/**
 * Reads one line of an authorized_keys file, or of an `id_….pub` file, which is one without options.
 *
 * @throws WherryError `invalid-argument` for anything else
 */
export function parseAuthorizedKey(line: string): AuthorizedKey {
  const text = line.trim();
  if (text.length > maximumKeyLineLength)
    throw invalid(`the line is longer than ${maximumKeyLineLength} characters`);
  if (text === '' || text.startsWith('#')) throw invalid('the line is empty or a comment');
  if (/[\p{Cc}]/u.test(text.replaceAll('\t', ' ')))
    throw invalid('give one line, without control characters');
  if (text.startsWith('-----') || text.startsWith('PuTTY')) {
    throw invalid(
      'this is no line of an authorized_keys file: give the public key as ssh-keygen -y prints it',
    );
  }
  const plain = parsePlainKey(text);
  if (plain !== null) return { ...plain, options: noKeyOptions };
  const [options, rest] = cutOptions(text);
  const key = parsePlainKey(rest);
  if (key === null) throw invalid(`no key follows its options: a type is one of ${[...keyTypes].join(', ')}`);
  return { ...key, options: parseKeyOptions(options) };
}

/** The fingerprint of a key's blob as OpenSSH writes it. */
export function keyFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/u, '')}`;
}

function parsePlainKey(text: string): Omit<AuthorizedKey, 'options'> | null {
  const [algorithm = '', base64 = '', ...words] = text.split(/[ \t]+/u);
  if (!keyTypes.has(algorithm)) return null;
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(base64)) throw invalid('its key is not in base64');
  const blob = Buffer.from(base64, 'base64');
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  if (blob.subarray(4, 4 + length).toString('latin1') !== algorithm || blob.length <= 4 + length) {
    throw invalid('its key is cut off, or of another type than the line says');
  }
  const comment = words.join(' ').slice(0, maximumCommentLength);
  return { algorithm, blob, fingerprint: keyFingerprint(blob), comment };
}

/** Options end at the first space or tab outside of double quotes. */
function cutOptions(text: string): readonly [options: string, rest: string] {
  const found = /^((?:"(?:\\"|[^"])*"|[^ \t"])+)[ \t]+(.*)$/su.exec(text);
  if (found === null) throw invalid(`it is no line of an authorized_keys file`);
  return [found[1] ?? '', found[2] ?? ''];
}

function invalid(reason: string): WherryError {
  return new WherryError('invalid-argument', `Cannot read the key: ${reason}`);
}
