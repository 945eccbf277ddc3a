import { createCipheriv, createSecretKey, timingSafeEqual, type Cipheriv, type KeyObject } from 'node:crypto';
import { macError } from './mac-error.ts';
import { poly1305, poly1305Length } from './poly1305.ts';
import type { Opener, Sealer } from './protection.ts';
import { releaseMemory } from './packet-memory.ts';

const lengthLength = 4;
const blockLength = 8;
/** The first block of the key stream is spent on the Poly1305 key, the payload begins with the second. */
const firstBlock = Buffer.alloc(64);
const macKeyLength = 32;

/** The two keys of OpenSSH's PROTOCOL.chacha20poly1305: the second one hides the length only. */
class KeyPair {
  readonly #main: KeyObject;
  readonly #length: KeyObject;
  /** Block counter (zero) and nonce (the sequence number, big endian), as OpenSSL wants them. */
  readonly #iv = Buffer.alloc(16);

  constructor(key: Buffer) {
    this.#main = createSecretKey(key.subarray(0, 32));
    this.#length = createSecretKey(key.subarray(32, 64));
  }

  cryptLength(length: Buffer, sequence: number): Buffer {
    this.#iv.writeUInt32BE(sequence, 12);
    return createCipheriv('chacha20', this.#length, this.#iv).update(length);
  }

  start(sequence: number): { readonly stream: Cipheriv; readonly macKey: Buffer } {
    this.#iv.writeUInt32BE(sequence, 12);
    const stream = createCipheriv('chacha20', this.#main, this.#iv);
    return { stream, macKey: stream.update(firstBlock).subarray(0, macKeyLength) };
  }
}

/** Seals with `chacha20-poly1305@openssh.com`, which is not the AEAD of RFC 8439. */
export class ChaCha20Sealer implements Sealer {
  readonly blockLength = blockLength;
  readonly lengthInBlocks = false;
  readonly #keys: KeyPair;

  constructor(key: Buffer) {
    this.#keys = new KeyPair(key);
  }

  seal(room: Buffer, length: number, sequence: number): number {
    const { stream, macKey } = this.#keys.start(sequence);
    room.set(this.#keys.cryptLength(room.subarray(0, lengthLength), sequence));
    const sealed = stream.update(room.subarray(lengthLength, length));
    room.set(sealed, lengthLength);
    releaseMemory(sealed);
    room.set(poly1305(macKey, room.subarray(0, length)), length);
    return length + poly1305Length;
  }
}

/** The other side of {@link ChaCha20Sealer}. */
export class ChaCha20Opener implements Opener {
  readonly headerLength = lengthLength;
  readonly tagLength = poly1305Length;
  readonly blockLength = blockLength;
  readonly lengthInBlocks = false;
  readonly #keys: KeyPair;

  constructor(key: Buffer) {
    this.#keys = new KeyPair(key);
  }

  readLength(source: Buffer, offset: number, sequence: number): number {
    return this.#keys.cryptLength(source.subarray(offset, offset + lengthLength), sequence).readUInt32BE(0);
  }

  open(source: Buffer, offset: number, packetLength: number, sequence: number): Buffer {
    const { stream, macKey } = this.#keys.start(sequence);
    const end = offset + lengthLength + packetLength;
    const tag = poly1305(macKey, source.subarray(offset, end));
    if (!timingSafeEqual(tag, source.subarray(end, end + poly1305Length))) throw macError();
    return stream.update(source.subarray(offset + lengthLength, end));
  }
}
