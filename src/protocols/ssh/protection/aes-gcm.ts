import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type CipherGCMTypes,
  type KeyObject,
} from 'node:crypto';
import { InvocationCounter } from './invocation-counter.ts';
import { macError } from './mac-error.ts';
import type { Opener, Sealer } from './protection.ts';
import { releaseMemory } from './packet-memory.ts';

const tagLength = 16;
const lengthLength = 4;
const blockLength = 16;

/**
 * Seals with `aes128-gcm@openssh.com` or `aes256-gcm@openssh.com` by `node:crypto`: the length is authenticated, not
 * encrypted.
 */
export class AesGcmSealer implements Sealer {
  readonly blockLength = blockLength;
  readonly lengthInBlocks = false;
  readonly #algorithm: CipherGCMTypes;
  readonly #key: KeyObject;
  readonly #counter: InvocationCounter;

  constructor(algorithm: CipherGCMTypes, key: Buffer, iv: Buffer) {
    this.#algorithm = algorithm;
    this.#key = createSecretKey(key);
    this.#counter = new InvocationCounter(iv);
  }

  seal(room: Buffer, length: number): number {
    const cipher = createCipheriv(this.#algorithm, this.#key, this.#counter.iv);
    this.#counter.step();
    cipher.setAAD(room.subarray(0, lengthLength));
    const sealed = cipher.update(room.subarray(lengthLength, length));
    room.set(sealed, lengthLength);
    releaseMemory(sealed);
    cipher.final();
    room.set(cipher.getAuthTag(), length);
    return length + tagLength;
  }
}

/** The other side of {@link AesGcmSealer}. */
export class AesGcmOpener implements Opener {
  readonly headerLength = lengthLength;
  readonly tagLength = tagLength;
  readonly blockLength = blockLength;
  readonly lengthInBlocks = false;
  readonly #algorithm: CipherGCMTypes;
  readonly #key: KeyObject;
  readonly #counter: InvocationCounter;

  constructor(algorithm: CipherGCMTypes, key: Buffer, iv: Buffer) {
    this.#algorithm = algorithm;
    this.#key = createSecretKey(key);
    this.#counter = new InvocationCounter(iv);
  }

  readLength(source: Buffer, offset: number): number {
    return source.readUInt32BE(offset);
  }

  open(source: Buffer, offset: number, packetLength: number): Buffer {
    const decipher = createDecipheriv(this.#algorithm, this.#key, this.#counter.iv, {
      authTagLength: tagLength,
    });
    this.#counter.step();
    const start = offset + lengthLength;
    const end = start + packetLength;
    decipher.setAAD(source.subarray(offset, start));
    decipher.setAuthTag(source.subarray(end, end + tagLength));
    const clear = decipher.update(source.subarray(start, end));
    try {
      decipher.final();
    } catch {
      throw macError();
    }
    return clear;
  }
}
