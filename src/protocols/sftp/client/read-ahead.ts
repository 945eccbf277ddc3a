import { WherryError } from '#core/errors.ts';
import { packetType, status } from '../wire/packet-types.ts';
import { Flight, type FlightRoute } from './flight.ts';
import type { Piece } from './reply-stream.ts';
import type { RequestChannel } from './request-channel.ts';
import { errorOfStatus, readStatus } from './status-errors.ts';

/** Octets of a file with their place in it. */
export interface PlacedPiece extends Piece {
  readonly position: number;
}

/** What is read, and how far ahead. */
export interface ReadAheadOptions {
  readonly requests: RequestChannel;
  readonly handle: Buffer;
  readonly path: string;
  readonly route: FlightRoute;
  /** Octets of one READ. */
  readonly transferLength: number;
  readonly start: number;
  /** Where reading ends even if the file goes on; infinite for its end. */
  readonly end: number;
  /** What the file is believed to have; beyond it one READ at a time feels for the end. */
  readonly expectedSize: number;
}

/** One READ, and what came of it. */
interface Slot {
  readonly position: number;
  readonly length: number;
  received: number;
  delivered: number;
  readonly pieces: Piece[];
  state: 'open' | 'done' | 'end';
}

/**
 * Reads a file from front to back with many READs under way, and gives its octets in order as they arrive, also when
 * the server answers in another order or with less than it was asked for.
 */
export class ReadAhead {
  readonly #options: ReadAheadOptions;
  readonly #flight: Flight;
  readonly #slots: Slot[] = [];
  #nextPosition: number;
  #expectedSize: number;
  /** A READ that reaches beyond the expected end is under way, or has found the end. */
  #feeling = false;
  #over = false;
  #error: WherryError | null = null;
  #wake: (() => void) | null = null;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
    this.#flight = new Flight(options.route);
    this.#nextPosition = options.start;
    this.#expectedSize = options.expectedSize;
  }

  /**
   * The next octets; null at the end. One call at a time.
   *
   * @throws WherryError what the server said, or why the session is over
   */
  async next(): Promise<PlacedPiece | null> {
    for (;;) {
      if (this.#error !== null) throw this.#error;
      if (this.#over) return null;
      this.#ask();
      const found = this.#take();
      if (found !== undefined) return found;
      await this.#change();
    }
  }

  /**
   * Waits for the answer to the first READ, before the first `next`. How long the file is if it ends there; else null.
   *
   * @throws WherryError as `next`
   */
  async lengthIfShort(): Promise<number | null> {
    this.#ask();
    for (let first = this.#slots[0]; first?.state === 'open'; first = this.#slots[0]) {
      if (this.#error !== null) break;
      await this.#change();
    }
    if (this.#error !== null) throw this.#error;
    const [first] = this.#slots;
    return first?.state === 'end' ? first.position + first.received : null;
  }

  /** Whether `next` has an answer at hand. */
  get ready(): boolean {
    return (this.#slots[0]?.pieces.length ?? 0) > 0;
  }

  /** Drops what is under way; `next` then fails with the error, or tells the end. */
  stop(error: WherryError | null = null): void {
    if (this.#over) return;
    this.#over = true;
    this.#error ??= error;
    for (const slot of this.#slots.splice(0)) {
      for (const piece of slot.pieces.splice(0)) piece.release();
    }
    this.#flight.end();
    this.#wakeUp();
  }

  /** What is at hand in order; undefined when it has still to come. */
  #take(): PlacedPiece | null | undefined {
    for (let slot = this.#slots[0]; slot !== undefined; slot = this.#slots[0]) {
      const piece = slot.pieces.shift();
      if (piece !== undefined) {
        const position = slot.position + slot.delivered;
        slot.delivered += piece.bytes.length;
        this.#flight.arrive(piece.bytes.length);
        this.#ask();
        return { bytes: piece.bytes, release: piece.release, position };
      }
      if (slot.state === 'open') return undefined;
      if (slot.state === 'end') break;
      this.#slots.shift();
      this.#ask();
    }
    // The end of the file, or nothing left to ask for.
    this.stop();
    return null;
  }

  #ask(): void {
    while (!this.#over && this.#error === null && this.#flight.hasRoom) {
      const beyond = this.#nextPosition >= this.#expectedSize;
      if (this.#nextPosition >= this.#options.end || (beyond && this.#feeling)) return;
      // The last READ asks for an octet more than there should be: an answer without it is the end of the file.
      const limit = beyond ? this.#options.end : Math.min(this.#options.end, this.#expectedSize + 1);
      const length = Math.min(this.#options.transferLength, limit - this.#nextPosition);
      const slot = newSlot(this.#nextPosition, length);
      this.#nextPosition += length;
      this.#slots.push(slot);
      this.#request(slot);
    }
  }

  #request(slot: Slot): void {
    const { requests, handle, path } = this.#options;
    this.#flight.depart(slot.length);
    if (slot.position + slot.length > this.#expectedSize) this.#feeling = true;
    requests.send(
      packetType.read,
      (writer) => writer.string(handle).uint64(slot.position).uint32(slot.length),
      {
        onReply: (type, reader) => {
          if (this.#over) return;
          const said = type === packetType.status ? readStatus(reader) : null;
          if (said?.code === status.endOfFile) this.#finishSlot(slot, 'end');
          else if (said === null)
            this.#fail(new WherryError('protocol', 'The server sent an answer of the wrong kind'));
          else this.#fail(errorOfStatus(said, { action: 'read the file', path }));
        },
        onData: (piece, left) => {
          this.#onData(slot, piece, left);
        },
        onFailed: (error) => {
          this.#fail(error);
        },
      },
    );
  }

  #onData(slot: Slot, piece: Piece, left: number): void {
    if (this.#over) {
      piece.release();
      return;
    }
    slot.received += piece.bytes.length;
    if (slot.received + left > slot.length) {
      piece.release();
      const error = new WherryError('protocol', 'The server sent more of a file than it was asked for');
      this.#fail(error);
      throw error;
    }
    if (piece.bytes.length > 0) slot.pieces.push(piece);
    // An answer without octets says the same as the end; asking again would go on for ever.
    if (left === 0) this.#finishSlot(slot, slot.received === 0 ? 'end' : 'done');
    else if (slot === this.#slots[0]) this.#wakeUp();
  }

  #finishSlot(slot: Slot, state: 'done' | 'end'): void {
    const missing = slot.length - slot.received;
    if (missing > 0) this.#flight.arrive(missing);
    const end = slot.position + slot.received;
    const beyond = slot.position >= this.#expectedSize;
    // Less than was asked for, and all that was expected: that is the end of the file.
    const whole = missing > 0 && !beyond && end === this.#expectedSize;
    slot.state = whole ? 'end' : state;
    if (slot.state === 'done' && slot.position + slot.length > this.#expectedSize) this.#feeling = false;
    if (beyond) this.#expectedSize = end;
    if (slot.state === 'done' && missing > 0) this.#fillGap(slot, newSlot(end, missing));
    if (slot === this.#slots[0]) this.#wakeUp();
  }

  /** Servers answer with less than they were asked for when that is more than they like. */
  #fillGap(slot: Slot, rest: Slot): void {
    this.#slots.splice(this.#slots.indexOf(slot) + 1, 0, rest);
    this.#request(rest);
  }

  #fail(error: WherryError): void {
    this.#error ??= error;
    this.#wakeUp();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function newSlot(position: number, length: number): Slot {
  return { position, length, received: 0, delivered: 0, pieces: [], state: 'open' };
}
