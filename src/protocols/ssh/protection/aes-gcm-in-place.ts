import { WherryError } from '#core/errors.ts';
import type { AesGcm } from '#native/aes-gcm.ts';
import { keepBytes } from '../wire/keep-bytes.ts';
import { InvocationCounter } from './invocation-counter.ts';
import { macError } from './mac-error.ts';
import { takeMemory } from './packet-memory.ts';
import type { Opener, Sealer } from './protection.ts';

const tagLength = 16;
const lengthLength = 4;
const blockLength = 16;

/** As `AesGcmSealer`, by the addon and without a copy. */
export class InPlaceAesGcmSealer implements Sealer {
  readonly blockLength = blockLength;
  readonly lengthInBlocks = false;
  readonly #gcm: AesGcm;
  readonly #key: Buffer;
  readonly #counter: InvocationCounter;

  constructor(gcm: AesGcm, key: Buffer, iv: Buffer) {
    this.#gcm = gcm;
    this.#key = keepBytes(key);
    this.#counter = new InvocationCounter(iv);
  }

  seal(room: Buffer, length: number): number {
    const sealedLength = length + tagLength;
    if (!this.#gcm.gcmSeal(this.#key, this.#counter.iv, room.subarray(0, sealedLength), lengthLength)) {
      throw new WherryError('unavailable', 'Cannot encrypt a packet: OpenSSL refuses to');
    }
    this.#counter.step();
    return sealedLength;
  }
}

/** The other side of {@link InPlaceAesGcmSealer}. */
export class InPlaceAesGcmOpener implements Opener {
  readonly headerLength = lengthLength;
  readonly tagLength = tagLength;
  readonly blockLength = blockLength;
  readonly lengthInBlocks = false;
  readonly #gcm: AesGcm;
  readonly #key: Buffer;
  readonly #counter: InvocationCounter;

  constructor(gcm: AesGcm, key: Buffer, iv: Buffer) {
    this.#gcm = gcm;
    this.#key = keepBytes(key);
    this.#counter = new InvocationCounter(iv);
  }

  readLength(source: Buffer, offset: number): number {
    return source.readUInt32BE(offset);
  }

  open(source: Buffer, offset: number, packetLength: number): Buffer {
    const packet = source.subarray(offset, offset + lengthLength + packetLength + tagLength);
    return this.#open(packet, takeMemory(packetLength));
  }

  openOwn(packet: Buffer): Buffer {
    return this.#open(packet, packet.subarray(lengthLength, packet.length - tagLength));
  }

  #open(packet: Buffer, target: Buffer): Buffer {
    const intact = this.#gcm.gcmOpen(this.#key, this.#counter.iv, packet, lengthLength, target);
    this.#counter.step();
    if (!intact) throw macError();
    return target;
  }
}
