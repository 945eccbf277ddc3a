import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { keyError } from './key-error.ts';
import {
  isKeyType,
  signatureAlgorithms,
  type KeyType,
  type SignatureAlgorithm,
} from './signature-algorithms.ts';
import { keepBytes } from '../wire/keep-bytes.ts';

/** A public key in both of its forms. */
export interface PublicKey {
  readonly type: KeyType;
  /** The SSH wire form (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4). */
  readonly blob: Buffer;
  readonly key: KeyObject;
}

/** The smallest RSA key that is taken (NIST SP 800-131A); larger ones cost time, so there is an upper end too. */
const minimumRsaBits = 2048;
const maximumRsaBits = 16_384;

interface Curve {
  /** The name in SSH and in JWK. */
  readonly ssh: string;
  readonly jwk: string;
  readonly openssl: string;
  /** Octets of a coordinate. */
  readonly length: number;
}

const curves: Readonly<Record<string, Curve>> = {
  'ecdsa-sha2-nistp256': { ssh: 'nistp256', jwk: 'P-256', openssl: 'prime256v1', length: 32 },
  'ecdsa-sha2-nistp384': { ssh: 'nistp384', jwk: 'P-384', openssl: 'secp384r1', length: 48 },
  'ecdsa-sha2-nistp521': { ssh: 'nistp521', jwk: 'P-521', openssl: 'secp521r1', length: 66 },
};

/** The curve of an ECDSA key type. */
export function curveOf(type: KeyType): Curve {
  const curve = curves[type];
  if (curve === undefined) throw keyError(`The key type ${type} has no curve`);
  return curve;
}

/**
 * Reads a public key from its wire form.
 *
 * @throws WherryError `invalid-argument` or `protocol` for an unknown type, a weak or a malformed key
 */
export function parsePublicKey(blob: Buffer): PublicKey {
  const reader = new WireReader(blob);
  const type = reader.string().toString('latin1');
  if (!isKeyType(type)) throw keyError('The type of the key is not supported', 'not-supported');
  const key = readKeyFields(type, reader);
  reader.end();
  return { type, blob: keepBytes(blob), key };
}

/**
 * Reads the fields that follow the type in a key blob or in a certificate.
 *
 * @throws WherryError as {@link parsePublicKey}
 */
export function readKeyFields(type: KeyType, reader: WireReader): KeyObject {
  try {
    return keyReaders[familyOf(type)](type, reader);
  } catch (error) {
    throw keyError('The public key is malformed or weak', 'invalid-argument', error);
  }
}

type Family = 'ed25519' | 'ecdsa' | 'rsa';

/** What kind of arithmetic a key type uses. */
export function familyOf(type: KeyType): Family {
  if (type === 'ssh-ed25519') return 'ed25519';
  return type === 'ssh-rsa' ? 'rsa' : 'ecdsa';
}

const keyReaders: Readonly<Record<Family, (type: KeyType, reader: WireReader) => KeyObject>> = {
  ed25519: (_type, reader) =>
    createPublicKey({ key: reader.string(), format: 'raw-public', asymmetricKeyType: 'ed25519' }),
  ecdsa(type, reader) {
    const curve = curveOf(type);
    if (reader.text() !== curve.ssh) throw keyError('The curve of the key is not that of its type');
    const point = reader.string();
    if (point.length !== 1 + 2 * curve.length || point[0] !== 4)
      throw keyError('The point is not uncompressed');
    const [x, y] = [point.subarray(1, 1 + curve.length), point.subarray(1 + curve.length)];
    const jwk = { kty: 'EC', crv: curve.jwk, x: x.toString('base64url'), y: y.toString('base64url') };
    return createPublicKey({ key: jwk, format: 'jwk' });
  },
  rsa(_type, reader) {
    const exponent = reader.mpint();
    const modulus = reader.mpint();
    const jwk = { kty: 'RSA', e: exponent.toString('base64url'), n: modulus.toString('base64url') };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits < minimumRsaBits || bits > maximumRsaBits)
      throw keyError(`An RSA key of ${bits} bits is not taken`);
    return key;
  },
};

/**
 * Brings a key of OpenSSL into its wire form.
 *
 * @throws WherryError `not-supported` for a kind of key that SSH has no type for here
 */
export function publicKeyFrom(key: KeyObject): PublicKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const writer = new WireWriter();
  const type = keyTypeOf(publicKey);
  writer.string(type);
  if (type === 'ssh-ed25519') {
    writer.string(publicKey.export({ format: 'raw-public' }));
  } else if (type === 'ssh-rsa') {
    const { e, n } = publicKey.export({ format: 'jwk' });
    writer.mpint(Buffer.from(e ?? '', 'base64url')).mpint(Buffer.from(n ?? '', 'base64url'));
  } else {
    writer.string(curveOf(type).ssh).string(publicKey.export({ format: 'raw-public' }));
  }
  return parsePublicKey(writer.finish());
}

function keyTypeOf(key: KeyObject): KeyType {
  if (key.asymmetricKeyType === 'ed25519') return 'ssh-ed25519';
  if (key.asymmetricKeyType === 'rsa') return 'ssh-rsa';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const type = Object.keys(curves).find((name) => curves[name]?.openssl === curve);
  if (type === undefined || !isKeyType(type)) {
    throw keyError('This kind of key is not supported', 'not-supported');
  }
  return type;
}

/**
 * Whether `signature` (algorithm name and value, RFC 4253 section 6.6) is the key's over `data`, made with
 * exactly the algorithm that was agreed.
 */
export function verifySignature(
  publicKey: PublicKey,
  algorithm: SignatureAlgorithm,
  signature: Buffer,
  data: Uint8Array,
): boolean {
  const row = signatureAlgorithms[algorithm];
  if (row.keyType !== publicKey.type) return false;
  try {
    const reader = new WireReader(signature);
    if (reader.text() !== algorithm) return false;
    const value = reader.string();
    reader.end();
    if (familyOf(publicKey.type) !== 'ecdsa') return verify(row.digest, data, publicKey.key, value);
    const plain = joinEcdsa(value, curveOf(publicKey.type).length);
    return verify(row.digest, data, { key: publicKey.key, dsaEncoding: 'ieee-p1363' }, plain);
  } catch {
    return false;
  }
}

/** r and s as two numbers (RFC 5656 section 3.1.2) become r and s of equal length. */
function joinEcdsa(value: Buffer, length: number): Buffer {
  const reader = new WireReader(value);
  const joined = Buffer.alloc(2 * length);
  for (const end of [length, 2 * length]) {
    const number = reader.mpint();
    if (number.length > length) throw keyError('The signature is too long');
    joined.set(number, end - number.length);
  }
  reader.end();
  return joined;
}

/** `SHA256:` and base64 without padding, as OpenSSH prints fingerprints. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** A line of a `.pub` file or of `authorized_keys` without options: type, base64 and comment. */
export function formatPublicKey(publicKey: PublicKey, comment = ''): string {
  return `${publicKey.type} ${publicKey.blob.toString('base64')}${comment === '' ? '' : ` ${comment}`}`;
}
