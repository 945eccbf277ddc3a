import { randomFillSync } from 'node:crypto';
import { clearSealer } from '../protection/clear.ts';
import { maximumTagLength, type Sealer } from '../protection/protection.ts';
import type { OutputQueue } from './output-queue.ts';

const lengthLength = 4;
const payloadStart = 5;
const minimumPadding = 4;
/** What a block of 16 octets leads to at most. */
const maximumPadding = 32;

/** Longest payload that is ever written: what a peer of OpenSSH's limits takes, less the frame. */
export const maximumPayloadLength = 262_144 - 1024;

/** Random octets for padding, drawn in bulk: a call of OpenSSL for each packet would be felt. */
const randomPool = Buffer.allocUnsafeSlow(8192);
let randomUsed = randomPool.length;

function fillPadding(packet: Buffer, start: number, length: number): void {
  if (randomUsed + length > randomPool.length) {
    randomFillSync(randomPool);
    randomUsed = 0;
  }
  randomPool.copy(packet, start, randomUsed, randomUsed + length);
  randomUsed += length;
}

const empty = new Uint8Array(0);

/** Frames and protects outgoing packets (RFC 4253 section 6). */
export class PacketWriter {
  readonly #output: OutputQueue;
  #sealer: Sealer = clearSealer;
  #sequence = 0;
  /** Octets and packets since the keys were taken into use. */
  bytes = 0;
  packets = 0;

  constructor(output: OutputQueue) {
    this.#output = output;
  }

  /** Takes new keys into use from the next packet on; strict key exchange numbers packets anew. */
  useSealer(sealer: Sealer, resetSequence: boolean): void {
    this.#sealer = sealer;
    this.bytes = 0;
    this.packets = 0;
    if (resetSequence) this.#sequence = 0;
  }

  /** Writes one message given in up to two parts. Both are copied before this returns. */
  write(head: Uint8Array, body: Uint8Array = empty): void {
    const payloadLength = head.length + body.length;
    const packet = this.#output.reserve(payloadStart + payloadLength + maximumPadding + maximumTagLength);
    const sealer = this.#sealer;
    const counted = (sealer.lengthInBlocks ? lengthLength : 0) + 1 + payloadLength;
    let padding = sealer.blockLength - (counted % sealer.blockLength);
    if (padding < minimumPadding) padding += sealer.blockLength;
    const total = payloadStart + payloadLength + padding;
    packet.writeUInt32BE(total - lengthLength, 0);
    packet[4] = padding;
    packet.set(head, payloadStart);
    if (body.length > 0) packet.set(body, payloadStart + head.length);
    fillPadding(packet, payloadStart + payloadLength, padding);
    const written = sealer.seal(packet, total, this.#sequence);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.bytes += written;
    this.packets += 1;
    this.#output.commit(written);
  }
}
