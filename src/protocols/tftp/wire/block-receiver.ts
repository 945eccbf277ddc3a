import type { Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import { distanceFrom, wireNumber, type Rollover } from './block-numbers.ts';
import { headerBytes } from './limits.ts';
import { blockNumberOf } from './packets.ts';

/** How blocks are numbered, and where their acknowledgements go. */
export interface BlockReceiverOptions {
  readonly blockSize: number;
  readonly windowSize: number;
  readonly rollover: Rollover;
  /** Puts an ACK of this number on the wire. */
  readonly acknowledge: (wire: number) => void;
  /** Whether the last block is acknowledged as soon as it is taken, or by {@link BlockReceiver.confirm}. */
  readonly confirmAtOnce: boolean;
  /** Called when `destroy` was called from above. */
  readonly onDestroy?: (() => void) | undefined;
}

/** What a DATA packet was: the next block, the last one, one that came before, one after a gap, or nonsense. */
export type DataEffect = 'progress' | 'complete' | 'repeated' | 'gap' | 'invalid';

/**
 * Octets after which a reader gets what has arrived, though it has room for more: few enough to see a slow
 * transfer move and to keep little memory in use, many enough to cost nothing.
 */
export const pieceBytes = 256 * 1024;

/** Data packets a peer may have on their way to a reader that is not ready: beyond a window none is expected. */
const windowsKept = 2;

/**
 * The receiving side of a transfer (RFC 1350, 7440): puts blocks in order, acknowledges a window once all of it has
 * been taken by the reader, so that a slow disk slows the peer, and the last received block once for every gap.
 *
 * It knows neither sockets nor time.
 */
export class BlockReceiver implements ByteChannel {
  readonly zeroCopy = null;
  readonly #options: BlockReceiverOptions;
  #rollover: Rollover;
  /** Blocks received in order, and how many of them are acknowledged. */
  #received = 0;
  #acknowledged = 0;
  #gapReported = false;
  #ended = false;
  #confirmed = false;
  readonly #queue: Uint8Array[] = [];
  #target: Uint8Array | null = null;
  #targetBytes = 0;
  #reader: {
    readonly resolve: (count: number) => void;
    readonly reject: (error: WherryError) => void;
  } | null = null;
  #failure: WherryError | null = null;

  constructor(options: BlockReceiverOptions) {
    this.#options = options;
    this.#rollover = options.rollover;
  }

  /** Whether anything has come, which proves that the peer receives what is sent to it. */
  get proven(): boolean {
    return this.#received > 0;
  }

  /** Whether the last block has come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether it is the peer's turn: everything that came has been taken and acknowledged as far as may be. */
  get waitsForPeer(): boolean {
    return !this.#ended && this.#queue.length === 0;
  }

  /** Gives at least one octet, or 0 after the last block. */
  read(target: Uint8Array): Awaitable<number> {
    if (this.#failure !== null) throw this.#failure;
    this.#target = target.length > pieceBytes ? target.subarray(0, pieceBytes) : target;
    this.#targetBytes = 0;
    this.#drain();
    if (this.#targetBytes === this.#target.length || this.#ended) return this.#take();
    return new Promise<number>((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  write(): never {
    throw new WherryError('not-supported', 'This transfer goes the other way');
  }

  /** Acknowledges the last block. */
  end(): void {
    this.confirm();
  }

  destroy(): void {
    this.fail(new WherryError('aborted', 'The transfer was stopped'));
    this.#options.onDestroy?.();
  }

  /** Fails what waits and everything later; the first failure stays. */
  fail(error: WherryError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#queue.length = 0;
    const reader = this.#reader;
    this.#reader = null;
    this.#target = null;
    reader?.reject(error);
  }

  /** Takes in a DATA packet; what the reader has no room for yet is copied. */
  receive(packet: Uint8Array): DataEffect {
    const wire = blockNumberOf(packet);
    const { blockSize, windowSize } = this.#options;
    if (wire < 0 || packet.length > headerBytes + blockSize || this.#failure !== null) return 'invalid';
    if (this.#ended || !this.#isNext(wire)) return this.#outOfOrder(wire);
    if (this.#queue.length >= windowSize * windowsKept) return 'gap';
    this.#received += 1;
    this.#gapReported = false;
    if (packet.length > headerBytes) this.#queue.push(packet.subarray(headerBytes));
    this.#ended = packet.length < headerBytes + blockSize;
    this.#drain();
    const last = this.#queue.length - 1;
    const kept = this.#queue[last];
    if (kept !== undefined) this.#queue[last] = Uint8Array.from(kept);
    this.#confirmWhenTaken();
    const full = this.#target !== null && this.#targetBytes === this.#target.length;
    if (this.#reader !== null && (full || this.#ended)) {
      const { resolve } = this.#reader;
      this.#reader = null;
      resolve(this.#take());
    }
    return this.#ended ? 'complete' : 'progress';
  }

  /** Acknowledges the last block; from then on it is acknowledged again whenever it comes again. */
  confirm(): void {
    this.#confirmed = true;
    this.#acknowledge();
  }

  /** Says again how far it has come, for a peer that waits for it. */
  reacknowledge(): void {
    if (this.#failure !== null || this.#queue.length > 0 || (this.#ended && !this.#confirmed)) return;
    this.#acknowledge();
  }

  #isNext(wire: number): boolean {
    if (wire === wireNumber(this.#received + 1, this.#rollover)) return true;
    // With one block at a time the peer cannot be ahead: a 1 (or 0) after 65535 tells how it counts.
    if (this.#options.windowSize !== 1 || this.#received !== 0xffff || wire > 1) return false;
    this.#rollover = wire === 0 ? 0 : 1;
    return true;
  }

  #outOfOrder(wire: number): DataEffect {
    const ahead = distanceFrom(this.#received, wire, this.#rollover);
    if (ahead === 0) {
      this.reacknowledge();
      return 'repeated';
    }
    if (this.#ended || ahead > this.#options.windowSize) return 'repeated';
    if (!this.#gapReported) {
      this.#gapReported = true;
      this.reacknowledge();
    }
    return 'gap';
  }

  /** Moves what has come to the reader as far as it has room, and acknowledges when a window is through. */
  #drain(): void {
    const target = this.#target;
    if (target === null) return;
    while (this.#queue.length > 0 && this.#targetBytes < target.length) {
      const [first] = this.#queue;
      if (first === undefined) break;
      const room = target.length - this.#targetBytes;
      const part = first.length > room ? first.subarray(0, room) : first;
      target.set(part, this.#targetBytes);
      this.#targetBytes += part.length;
      if (part === first) this.#queue.shift();
      else this.#queue[0] = first.subarray(room);
    }
    if (this.#queue.length > 0) return;
    if (this.#ended) this.#confirmWhenTaken();
    else if (this.#received - this.#acknowledged >= this.#options.windowSize) this.#acknowledge();
  }

  /** Once: a second acknowledgement of the last block may find a server that is through and knows nothing of it. */
  #confirmWhenTaken(): void {
    const taken = this.#ended && this.#queue.length === 0;
    if (taken && this.#options.confirmAtOnce && !this.#confirmed) this.confirm();
  }

  #acknowledge(): void {
    this.#acknowledged = this.#received;
    this.#options.acknowledge(wireNumber(this.#received, this.#rollover));
  }

  #take(): number {
    this.#target = null;
    return this.#targetBytes;
  }
}
