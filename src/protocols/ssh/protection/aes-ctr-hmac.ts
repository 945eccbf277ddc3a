import {
  createCipheriv,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  type Cipheriv,
  type KeyObject,
} from 'node:crypto';
import { macError } from './mac-error.ts';
import type { Opener, Sealer } from './protection.ts';
import { releaseMemory } from './packet-memory.ts';

const blockLength = 16;
const lengthLength = 4;

/** How a MAC is made and over what. */
export interface MacMethod {
  readonly digest: 'sha256' | 'sha512';
  /** Octets of key and of MAC. */
  readonly length: number;
  /** Encrypt-then-MAC: the length stays in the clear and the MAC covers what is encrypted. */
  readonly encryptThenMac: boolean;
}

/** The keys of one direction. */
export interface CtrKeys {
  readonly algorithm: string;
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly macKey: Buffer;
}

class PacketMac {
  readonly length: number;
  readonly #digest: string;
  readonly #key: KeyObject;
  readonly #sequence = Buffer.alloc(4);

  constructor(method: MacMethod, key: Buffer) {
    this.length = method.length;
    this.#digest = method.digest;
    this.#key = createSecretKey(key);
  }

  compute(sequence: number, first: Uint8Array, second?: Uint8Array): Buffer {
    this.#sequence.writeUInt32BE(sequence);
    const hmac = createHmac(this.#digest, this.#key).update(this.#sequence).update(first);
    if (second !== undefined) hmac.update(second);
    return hmac.digest();
  }
}

/** Seals with `aes*-ctr` (RFC 4344) and one of the HMACs, encrypt-and-MAC or encrypt-then-MAC. */
export class AesCtrSealer implements Sealer {
  readonly blockLength = blockLength;
  readonly lengthInBlocks: boolean;
  readonly #stream: Cipheriv;
  readonly #mac: PacketMac;

  constructor(keys: CtrKeys, method: MacMethod) {
    this.lengthInBlocks = !method.encryptThenMac;
    this.#stream = createCipheriv(keys.algorithm, keys.key, keys.iv);
    this.#mac = new PacketMac(method, keys.macKey);
  }

  seal(room: Buffer, length: number, sequence: number): number {
    const packet = room.subarray(0, length);
    if (this.lengthInBlocks) {
      const mac = this.#mac.compute(sequence, packet);
      this.#encrypt(packet);
      room.set(mac, length);
    } else {
      this.#encrypt(packet.subarray(lengthLength));
      room.set(this.#mac.compute(sequence, packet), length);
    }
    return length + this.#mac.length;
  }

  #encrypt(bytes: Buffer): void {
    const sealed = this.#stream.update(bytes);
    bytes.set(sealed);
    releaseMemory(sealed);
  }
}

/** The other side of {@link AesCtrSealer} with encrypt-then-MAC. */
export class AesCtrEtmOpener implements Opener {
  readonly headerLength = lengthLength;
  readonly tagLength: number;
  readonly blockLength = blockLength;
  readonly lengthInBlocks = false;
  readonly #stream: Cipheriv;
  readonly #mac: PacketMac;

  constructor(keys: CtrKeys, method: MacMethod) {
    this.tagLength = method.length;
    this.#stream = createCipheriv(keys.algorithm, keys.key, keys.iv);
    this.#mac = new PacketMac(method, keys.macKey);
  }

  readLength(source: Buffer, offset: number): number {
    return source.readUInt32BE(offset);
  }

  open(source: Buffer, offset: number, packetLength: number, sequence: number): Buffer {
    const end = offset + lengthLength + packetLength;
    const mac = this.#mac.compute(sequence, source.subarray(offset, end));
    if (!timingSafeEqual(mac, source.subarray(end, end + this.tagLength))) throw macError();
    return this.#stream.update(source.subarray(offset + lengthLength, end));
  }
}

/**
 * The other side of {@link AesCtrSealer} with encrypt-and-MAC. The first block has to be deciphered before the
 * MAC can be checked, as the length is inside; a wrong length is told to the peer like a wrong MAC.
 */
export class AesCtrOpener implements Opener {
  readonly headerLength = blockLength;
  readonly tagLength: number;
  readonly blockLength = blockLength;
  readonly lengthInBlocks = true;
  readonly #stream: Cipheriv;
  readonly #mac: PacketMac;
  #first: Buffer = Buffer.alloc(blockLength);

  constructor(keys: CtrKeys, method: MacMethod) {
    this.tagLength = method.length;
    this.#stream = createCipheriv(keys.algorithm, keys.key, keys.iv);
    this.#mac = new PacketMac(method, keys.macKey);
  }

  readLength(source: Buffer, offset: number): number {
    this.#first = this.#stream.update(source.subarray(offset, offset + blockLength));
    return this.#first.readUInt32BE(0);
  }

  open(source: Buffer, offset: number, packetLength: number, sequence: number): Buffer {
    const end = offset + lengthLength + packetLength;
    const rest = this.#stream.update(source.subarray(offset + blockLength, end));
    const mac = this.#mac.compute(sequence, this.#first, rest);
    if (!timingSafeEqual(mac, source.subarray(end, end + this.tagLength))) throw macError();
    const clear = Buffer.allocUnsafeSlow(packetLength);
    clear.set(this.#first.subarray(lengthLength));
    clear.set(rest, blockLength - lengthLength);
    releaseMemory(rest);
    return clear;
  }
}
