import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type CipherGCMTypes,
  type KeyObject,
} from 'node:crypto';
import { macError } from './mac-error.ts';
import type { Opener, Sealer } from './protection.ts';
import { releaseMemory } from './release-memory.ts';
import { keepBytes } from '../wire/keep-bytes.ts';

const tagLength = 16;
const lengthLength = 4;
const blockLength = 16;

/**
 * The 12-octet IV of RFC 5647 section 7.1: four fixed octets and a counter of eight that steps with every packet.
 */
class InvocationCounter {
  readonly iv: Buffer;

  constructor(iv: Buffer) {
    this.iv = keepBytes(iv);
  }

  step(): void {
    for (let index = 11; index >= 4; index -= 1) {
      const next = ((this.iv[index] ?? 0) + 1) & 0xff;
      this.iv[index] = next;
      if (next !== 0) return;
    }
  }
}

/** Seals with `aes128-gcm@openssh.com` or `aes256-gcm@openssh.com`: the length is authenticated, not encrypted. */
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

  seal(packet: Buffer, _sequence: number, target: Buffer): number {
    const cipher = createCipheriv(this.#algorithm, this.#key, this.#counter.iv);
    this.#counter.step();
    const length = packet.subarray(0, lengthLength);
    cipher.setAAD(length);
    target.set(length);
    const sealed = cipher.update(packet.subarray(lengthLength));
    target.set(sealed, lengthLength);
    releaseMemory(sealed);
    cipher.final();
    target.set(cipher.getAuthTag(), packet.length);
    return packet.length + tagLength;
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
