import { createCipheriv, createDecipheriv, createPrivateKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Secret } from '#core/secret.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { bcryptPbkdf } from './bcrypt-pbkdf.ts';
import { keyError } from './key-error.ts';
import { ed25519FromSeed, privateKeyFrom, type PrivateKey } from './private-key.ts';
import { curveOf, familyOf } from './public-key.ts';
import { isKeyType, type KeyType } from './signature-algorithms.ts';

const magic = Buffer.from('openssh-key-v1\0', 'latin1');
const pem = /^-----BEGIN OPENSSH PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/m;
const lineLength = 70;
const writtenRounds = 24;
const saltLength = 16;

/** Ciphers of encrypted files (PROTOCOL.key): ssh-keygen writes aes256-ctr unless told otherwise. */
const fileCiphers: Readonly<Record<string, { readonly algorithm: string; readonly keyLength: number }>> = {
  'aes128-ctr': { algorithm: 'aes-128-ctr', keyLength: 16 },
  'aes192-ctr': { algorithm: 'aes-192-ctr', keyLength: 24 },
  'aes256-ctr': { algorithm: 'aes-256-ctr', keyLength: 32 },
  'aes256-cbc': { algorithm: 'aes-256-cbc', keyLength: 32 },
};
const ivLength = 16;
const paddingBlock = 16;

/**
 * Reads a private key: OpenSSH's own format, or PEM as OpenSSL writes it (PKCS#8, PKCS#1, SEC 1).
 *
 * @throws WherryError `invalid-argument` for what is no key, `login-refused` for a missing or wrong passphrase
 */
export function parsePrivateKey(text: string, passphrase: Secret | null = null): PrivateKey {
  const match = pem.exec(text);
  if (match === null) return parseOtherPem(text, passphrase);
  const reader = new WireReader(Buffer.from(match[1] ?? '', 'base64'));
  if (!reader.raw(magic.length).equals(magic)) throw keyError('The private key is not in OpenSSH format');
  const cipher = reader.text();
  const derivation = reader.text();
  const derivationOptions = reader.string();
  if (reader.uint32() !== 1)
    throw keyError('A file of several private keys is not supported', 'not-supported');
  reader.string();
  const sealed = reader.string();
  if (cipher === 'none') return parseSection(sealed);
  if (derivation !== 'bcrypt') throw keyError('The key derivation is not supported', 'not-supported');
  if (passphrase === null) throw passphraseError('The private key is encrypted and needs a passphrase');
  return parseSection(openSection(sealed, cipher, derivationOptions, passphrase));
}

function passphraseError(message: string): Error {
  return keyError(message, 'login-refused');
}

function openSection(sealed: Buffer, cipher: string, options: Buffer, passphrase: Secret): Buffer {
  const row = fileCiphers[cipher];
  if (row === undefined) throw keyError('The cipher of the private key is not supported', 'not-supported');
  const reader = new WireReader(options);
  const keys = deriveFileKeys(row.keyLength, passphrase, reader.string(), reader.uint32());
  const decipher = createDecipheriv(row.algorithm, keys.key, keys.iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(sealed), decipher.final()]);
}

function deriveFileKeys(
  keyLength: number,
  passphrase: Secret,
  salt: Buffer,
  rounds: number,
): { readonly key: Buffer; readonly iv: Buffer } {
  const derived = bcryptPbkdf(Buffer.from(passphrase.reveal(), 'utf8'), salt, rounds, keyLength + ivLength);
  return { key: derived.subarray(0, keyLength), iv: derived.subarray(keyLength) };
}

function parseSection(section: Buffer): PrivateKey {
  const reader = new WireReader(section);
  if (reader.uint32() !== reader.uint32())
    throw passphraseError('The passphrase of the private key is wrong');
  const type = reader.text();
  if (!isKeyType(type)) throw keyError('The type of the private key is not supported', 'not-supported');
  const key = fieldReaders[familyOf(type)](type, reader);
  const comment = reader.text();
  for (let index = 1; reader.remaining > 0; index += 1) {
    if (reader.byte() !== (index & 0xff)) throw keyError('The padding of the private key is wrong');
  }
  return privateKeyFrom(key, comment);
}

const fieldReaders: Readonly<
  Record<'ed25519' | 'ecdsa' | 'rsa', (type: KeyType, reader: WireReader) => KeyObject>
> = {
  ed25519(_type, reader) {
    reader.string();
    return ed25519FromSeed(reader.string().subarray(0, 32));
  },
  ecdsa(type, reader) {
    const curve = curveOf(type);
    reader.string();
    const point = reader.string();
    const scalar = reader.mpint();
    const padded = Buffer.concat([Buffer.alloc(Math.max(0, curve.length - scalar.length)), scalar]);
    return createPrivateKey({
      key: {
        kty: 'EC',
        crv: curve.jwk,
        x: point.subarray(1, 1 + curve.length).toString('base64url'),
        y: point.subarray(1 + curve.length).toString('base64url'),
        d: padded.toString('base64url'),
      },
      format: 'jwk',
    });
  },
  rsa(_type, reader) {
    const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => reader.mpint());
    const encoded = (number: Buffer | undefined): string => (number ?? Buffer.alloc(0)).toString('base64url');
    const jwk = {
      n: encoded(n),
      e: encoded(e),
      d: encoded(d),
      qi: encoded(qi),
      p: encoded(p),
      q: encoded(q),
    };
    const exponents = { dp: reduced(d, p), dq: reduced(d, q) };
    return createPrivateKey({ key: { kty: 'RSA', ...jwk, ...exponents }, format: 'jwk' });
  },
};

/** d mod (prime - 1), which JWK wants and OpenSSH leaves out. */
function reduced(exponent: Buffer | undefined, prime: Buffer | undefined): string {
  const number = (bytes: Buffer | undefined): bigint => BigInt(`0x${bytes?.toString('hex') || '0'}`);
  const modulus = number(prime) - 1n;
  if (modulus < 1n) throw keyError('The private key is malformed');
  const hex = (number(exponent) % modulus).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}

function parseOtherPem(text: string, passphrase: Secret | null): PrivateKey {
  try {
    return privateKeyFrom(
      createPrivateKey(passphrase === null ? text : { key: text, passphrase: passphrase.reveal() }),
    );
  } catch (error) {
    const encrypted = /ENCRYPTED/.test(text);
    if (encrypted)
      throw keyError('The passphrase of the private key is missing or wrong', 'login-refused', error);
    throw keyError('The file holds no private key', 'invalid-argument', error);
  }
}

/** Writes a private key in OpenSSH's format, encrypted with aes256-ctr when there is a passphrase. */
export function formatPrivateKey(privateKey: PrivateKey, passphrase: Secret | null = null): string {
  const section = writeSection(privateKey);
  const writer = new WireWriter().raw(magic);
  if (passphrase === null) {
    writer.string('none').string('none').string('');
  } else {
    const salt = randomBytes(saltLength);
    const keys = deriveFileKeys(32, passphrase, salt, writtenRounds);
    const options = new WireWriter().string(salt).uint32(writtenRounds).finish();
    writer.string('aes256-ctr').string('bcrypt').string(options);
    createCipheriv('aes-256-ctr', keys.key, keys.iv).update(section).copy(section);
  }
  writer.uint32(1).string(privateKey.publicKey.blob).string(section);
  const base64 = writer.finish().toString('base64');
  const lines = base64.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function writeSection(privateKey: PrivateKey): Buffer {
  const check = randomBytes(4);
  const writer = new WireWriter().raw(check).raw(check).string(privateKey.publicKey.type);
  const { type } = privateKey.publicKey;
  fieldWriters[familyOf(type)](type, privateKey.key, writer);
  const section = writer.string(privateKey.comment).finish();
  const padding = (paddingBlock - (section.length % paddingBlock)) % paddingBlock;
  return Buffer.concat([section, Uint8Array.from({ length: padding }, (_, index) => index + 1)]);
}

const fieldWriters: Readonly<
  Record<'ed25519' | 'ecdsa' | 'rsa', (type: KeyType, key: KeyObject, writer: WireWriter) => void>
> = {
  ed25519(_type, key, writer) {
    const { x, d } = key.export({ format: 'jwk' });
    const publicValue = Buffer.from(x ?? '', 'base64url');
    writer.string(publicValue).string(Buffer.concat([Buffer.from(d ?? '', 'base64url'), publicValue]));
  },
  ecdsa(type, key, writer) {
    const { x, y, d } = key.export({ format: 'jwk' });
    const point = [Buffer.from([4]), Buffer.from(x ?? '', 'base64url'), Buffer.from(y ?? '', 'base64url')];
    writer
      .string(curveOf(type).ssh)
      .string(Buffer.concat(point))
      .mpint(Buffer.from(d ?? '', 'base64url'));
  },
  rsa(_type, key, writer) {
    const { n, e, d, qi, p, q } = key.export({ format: 'jwk' });
    for (const field of [n, e, d, qi, p, q]) writer.mpint(Buffer.from(field ?? '', 'base64url'));
  },
};
