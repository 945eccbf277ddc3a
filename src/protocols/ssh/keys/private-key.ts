import { createPrivateKey, generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { keyError } from './key-error.ts';
import { familyOf, publicKeyFrom, type PublicKey } from './public-key.ts';
import { signatureAlgorithms, type SignatureAlgorithm } from './signature-algorithms.ts';

/** A key that signs: a server's host key or a user's own. */
export interface PrivateKey {
  readonly publicKey: PublicKey;
  readonly key: KeyObject;
  readonly comment: string;
}

/** Wraps a private key of OpenSSL. */
export function privateKeyFrom(key: KeyObject, comment = ''): PrivateKey {
  return { publicKey: publicKeyFrom(key), key, comment };
}

/**
 * Signs `data` and writes algorithm and value as RFC 4253 section 6.6 has it.
 *
 * @throws WherryError `invalid-argument` when the key is of another type than the algorithm
 */
export function signWith(privateKey: PrivateKey, algorithm: SignatureAlgorithm, data: Uint8Array): Buffer {
  const row = signatureAlgorithms[algorithm];
  if (row.keyType !== privateKey.publicKey.type) throw keyError(`This key cannot sign with ${algorithm}`);
  const writer = new WireWriter().string(algorithm);
  if (familyOf(row.keyType) !== 'ecdsa')
    return writer.string(sign(row.digest, data, privateKey.key)).finish();
  const plain = sign(row.digest, data, { key: privateKey.key, dsaEncoding: 'ieee-p1363' });
  const numbers = new WireWriter();
  numbers.mpint(plain.subarray(0, plain.length / 2)).mpint(plain.subarray(plain.length / 2));
  return writer.string(numbers.finish()).finish();
}

/** The kinds of keys that are made here. */
export type GeneratedKeyType = 'ed25519' | 'rsa' | 'ecdsa-nistp256' | 'ecdsa-nistp384' | 'ecdsa-nistp521';

const generate = promisify(generateKeyPair);
/** What ssh-keygen makes, and what NIST allows beyond 2030. */
const generatedRsaBits = 3072;

/** Makes a fresh key. */
export async function generatePrivateKey(type: GeneratedKeyType, comment = ''): Promise<PrivateKey> {
  return privateKeyFrom((await generators[type]()).privateKey, comment);
}

const generators: Readonly<Record<GeneratedKeyType, () => Promise<{ readonly privateKey: KeyObject }>>> = {
  ed25519: () => generate('ed25519'),
  rsa: () => generate('rsa', { modulusLength: generatedRsaBits }),
  'ecdsa-nistp256': () => generate('ec', { namedCurve: 'P-256' }),
  'ecdsa-nistp384': () => generate('ec', { namedCurve: 'P-384' }),
  'ecdsa-nistp521': () => generate('ec', { namedCurve: 'P-521' }),
};

/**
 * Reads the private half of an ed25519 key from its seed.
 *
 * @throws WherryError `invalid-argument` for a seed of wrong length
 */
export function ed25519FromSeed(seed: Buffer): KeyObject {
  return createPrivateKey({ key: seed, format: 'raw-private', asymmetricKeyType: 'ed25519' });
}

/** Whether a signature is written as algorithm name and value; the name alone is returned. */
export function signatureAlgorithmOf(signature: Buffer): string {
  return new WireReader(signature).text();
}
