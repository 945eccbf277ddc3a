import type { Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import { distanceFrom, wireNumber, type Rollover } from './block-numbers.ts';
import { headerBytes } from './limits.ts';
import { writeDataHeader } from './packets.ts';

/** How blocks are cut and numbered, and where they go. */
export interface BlockSenderOptions {
  readonly blockSize: number;
  readonly windowSize: number;
  readonly rollover: Rollover;
  /**
   * Puts packets on the wire at once that lie back to back, each of `packetBytes` but the last, which may be
   * shorter. Their memory is used again later.
   */
  readonly transmit: (packets: Uint8Array, packetBytes: number) => void;
  /** Called when `destroy` was called from above. */
  readonly onDestroy?: (() => void) | undefined;
}

/** What an acknowledgement meant: it confirmed blocks, it said nothing new, or nothing is left to confirm. */
export type AcknowledgementEffect = 'progress' | 'stale' | 'complete';

/**
 * The sending side of a transfer (RFC 1350, 7440): cuts octets into blocks, keeps a window of them until they are
 * acknowledged, and sends them again only when told so by {@link retransmit} or by an acknowledgement inside the
 * window, never for a repeated one (RFC 1123 section 4.2.3.1, the Sorcerer's Apprentice).
 *
 * It knows neither sockets nor time. Each block is copied once, into a packet that was laid out beforehand.
 */
export class BlockSender implements ByteChannel {
  readonly zeroCopy = null;
  readonly #options: BlockSenderOptions;
  readonly #packetBytes: number;
  /** The packets of a window, back to back. */
  readonly #slab: Buffer;
  readonly #packets: Buffer[] = [];
  /** The first block that is not acknowledged, the next to send, and how many are complete; counted from 1. */
  #base = 1;
  #next = 1;
  #filled = 0;
  #partialBytes = 0;
  #source: Uint8Array | null = null;
  #offset = 0;
  #finalPacket: Buffer | null = null;
  #ending = false;
  #waiting: { readonly resolve: () => void; readonly reject: (error: WherryError) => void } | null = null;
  #failure: WherryError | null = null;

  constructor(options: BlockSenderOptions) {
    this.#options = options;
    this.#packetBytes = headerBytes + options.blockSize;
    this.#slab = Buffer.allocUnsafeSlow(this.#packetBytes * options.windowSize);
    for (let slot = 0; slot < options.windowSize; slot += 1) {
      this.#packets.push(this.#slab.subarray(slot * this.#packetBytes, (slot + 1) * this.#packetBytes));
    }
  }

  /** Whether blocks are on their way that nobody has acknowledged yet: then somebody must watch the time. */
  get inFlight(): boolean {
    return this.#next > this.#base;
  }

  /** Whether anything was acknowledged, which nobody can do who does not receive what is sent. */
  get proven(): boolean {
    return this.#base > 1;
  }

  read(): never {
    throw new WherryError('not-supported', 'This transfer goes the other way');
  }

  write(source: Uint8Array): Awaitable<void> {
    if (this.#failure !== null) throw this.#failure;
    this.#source = source;
    this.#offset = 0;
    this.#fill();
    this.#send();
    return this.#source === null ? undefined : this.#wait();
  }

  /** Sends the last, short block, and settles when it is acknowledged. */
  end(): Awaitable<void> {
    if (this.#failure !== null) throw this.#failure;
    this.#ending = true;
    this.#fill();
    this.#send();
    return this.#wait();
  }

  destroy(): void {
    this.fail(new WherryError('aborted', 'The transfer was stopped'));
    this.#options.onDestroy?.();
  }

  /** Fails what waits and everything later; the first failure stays. */
  fail(error: WherryError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#next = this.#base;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(error);
  }

  /** Takes in the block number of an ACK and sends what it makes room for. */
  acknowledge(wire: number): AcknowledgementEffect {
    const { rollover } = this.#options;
    const confirmed = distanceFrom(this.#base - 1, wire, rollover);
    if (confirmed === 0 || confirmed > this.#next - this.#base || this.#failure !== null) return 'stale';
    this.#base += confirmed;
    if (this.#finalPacket !== null && this.#base > this.#filled) {
      this.#settle();
      return 'complete';
    }
    // An acknowledgement inside the window says that what came after it was lost (RFC 7440 section 4).
    this.#next = this.#base;
    this.#fill();
    this.#send();
    return 'progress';
  }

  /** Sends again what is not acknowledged. */
  retransmit(): void {
    if (this.#failure !== null) return;
    this.#next = this.#base;
    this.#send();
  }

  /** Sends what is ready and was not sent, or is to be sent again, in as few runs as the slab allows. */
  #send(): void {
    const { transmit, windowSize } = this.#options;
    const final = this.#finalPacket;
    const full = final === null ? this.#filled : this.#filled - 1;
    while (this.#next <= full) {
      const slot = (this.#next - 1) % windowSize;
      const count = Math.min(full - this.#next + 1, windowSize - slot);
      const start = slot * this.#packetBytes;
      const run =
        count === 1
          ? this.#packetOf(this.#next)
          : this.#slab.subarray(start, start + count * this.#packetBytes);
      this.#next += count;
      transmit(run, this.#packetBytes);
    }
    if (final === null || this.#next > this.#filled) return;
    this.#next += 1;
    transmit(final, this.#packetBytes);
  }

  #packetOf(count: number): Buffer {
    const packet = this.#packets[(count - 1) % this.#options.windowSize];
    if (packet === undefined) throw new WherryError('io', 'The window has no such packet');
    return packet;
  }

  /** Moves octets into packets while the window has room. */
  #fill(): void {
    const { windowSize, blockSize, rollover } = this.#options;
    const source = this.#source;
    if (source !== null) {
      while (this.#offset < source.length && this.#filled - this.#base + 1 < windowSize) {
        const packet = this.#packetOf(this.#filled + 1);
        const count = Math.min(blockSize - this.#partialBytes, source.length - this.#offset);
        const start = headerBytes + this.#partialBytes;
        if (count < shortCopy) copyOctets(source, this.#offset, { packet, start, count });
        else packet.set(source.subarray(this.#offset, this.#offset + count), start);
        this.#offset += count;
        this.#partialBytes += count;
        if (this.#partialBytes < blockSize) break;
        this.#partialBytes = 0;
        this.#filled += 1;
        writeDataHeader(packet, wireNumber(this.#filled, rollover));
      }
      if (this.#offset === source.length) {
        this.#source = null;
        this.#settle();
      }
    }
    const room = this.#filled - this.#base + 1 < windowSize;
    if (this.#ending && this.#finalPacket === null && room) this.#makeFinal();
  }

  /**
   * The last packet has memory of its own: one that the system has not taken yet must not change its length when
   * its place in the window is used again.
   */
  #makeFinal(): void {
    const packet = Buffer.allocUnsafeSlow(headerBytes + this.#partialBytes);
    if (this.#partialBytes > 0) {
      packet.set(this.#packetOf(this.#filled + 1).subarray(0, packet.length));
    }
    this.#filled += 1;
    writeDataHeader(packet, wireNumber(this.#filled, this.#options.rollover));
    this.#finalPacket = packet;
  }

  #wait(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve();
  }
}

/** Below this many octets a loop is cheaper than a view of the source. */
const shortCopy = 32;

function copyOctets(
  source: Uint8Array,
  from: number,
  target: { readonly packet: Buffer; readonly start: number; readonly count: number },
): void {
  for (let index = 0; index < target.count; index += 1) {
    target.packet[target.start + index] = source[from + index] ?? 0;
  }
}
