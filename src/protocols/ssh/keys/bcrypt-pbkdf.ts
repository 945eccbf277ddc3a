import { createHash } from 'node:crypto';
import { Blowfish } from './blowfish.ts';
import { keyError } from './key-error.ts';

/** Octets of one bcrypt hash, and the words it encrypts. */
const hashLength = 32;
const magic = Buffer.from('OxychromaticBlowfishSwatDynamite', 'latin1');
const expansions = 64;

/** A file may ask for any number of rounds; ssh-keygen's default is 24, and 1000 take minutes. */
const maximumRounds = 1024;

function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function bcryptHash(password: Uint8Array, salt: Uint8Array): Buffer {
  const cipher = new Blowfish();
  cipher.expand(password, salt);
  for (let index = 0; index < expansions; index += 1) {
    cipher.expand(salt, null);
    cipher.expand(password, null);
  }
  const words = Uint32Array.from({ length: hashLength / 4 }, (_, index) => magic.readUInt32BE(index * 4));
  for (let index = 0; index < expansions; index += 1) {
    for (let offset = 0; offset < words.length; offset += 2) cipher.encrypt(words, offset);
  }
  const hash = Buffer.alloc(hashLength);
  for (const [index, word] of words.entries()) hash.writeUInt32LE(word, index * 4);
  return hash;
}

/**
 * The key derivation of encrypted OpenSSH private keys: PBKDF2 over bcrypt and SHA-512, with its output laid out
 * across the blocks (OpenBSD's bcrypt_pbkdf).
 *
 * @throws WherryError `invalid-argument` for an empty password or salt, or a number of rounds out of range
 */
export function bcryptPbkdf(password: Uint8Array, salt: Uint8Array, rounds: number, length: number): Buffer {
  if (password.length === 0 || salt.length === 0 || rounds < 1 || rounds > maximumRounds) {
    throw keyError('The key derivation of the private key is out of range');
  }
  const passwordHash = sha512(password);
  const blocks = Math.ceil(length / hashLength);
  const key = Buffer.alloc(length);
  for (let block = 0; block < blocks; block += 1) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(block + 1);
    let hash = bcryptHash(passwordHash, sha512(salt, counter));
    const sum = Buffer.from(hash);
    for (let round = 1; round < rounds; round += 1) {
      hash = bcryptHash(passwordHash, sha512(hash));
      for (const [index, byte] of hash.entries()) sum[index] = (sum[index] ?? 0) ^ byte;
    }
    for (const [index, byte] of sum.entries()) {
      const position = index * blocks + block;
      if (position < length) key[position] = byte;
    }
  }
  return key;
}
