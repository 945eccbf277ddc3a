import { WherryError } from '#core/errors.ts';
import { ByteQueue } from './byte-queue.ts';
import { maximumRestartMarker } from './limits.ts';
import { lineFeed } from './telnet.ts';

/** The descriptor bits of MODE B (RFC 959 section 3.4.2); they may be combined. */
export const blockFlags = { endOfRecord: 128, endOfFile: 64, suspect: 32, marker: 16 } as const;

const headerLength = 3;
const maximumBlock = 0xffff;

export interface BlockOptions {
  /** STRU R: the line feed that ends a line is not sent, the block that holds the line says so instead. */
  readonly records?: boolean;
}

/** Writes the blocks of MODE B. The blocks of a chunk are joined into one piece. */
export class BlockEncoder {
  readonly #records: boolean;

  constructor(options: BlockOptions = {}) {
    this.#records = options.records ?? false;
  }

  transform(chunk: Uint8Array): Uint8Array {
    if (!this.#records) return Buffer.concat(blocksOf(chunk, 0));
    const parts: Uint8Array[] = [];
    let from = 0;
    for (let next = chunk.indexOf(lineFeed); next >= 0; next = chunk.indexOf(lineFeed, from)) {
      parts.push(...blocksOf(chunk.subarray(from, next), blockFlags.endOfRecord));
      from = next + 1;
    }
    parts.push(...blocksOf(chunk.subarray(from), 0));
    return Buffer.concat(parts);
  }

  /**
   * A block that holds a restart marker.
   *
   * @throws WherryError `invalid-argument` unless it is printable ASCII without spaces
   */
  marker(text: string): Uint8Array {
    if (!/^[!-~]+$/.test(text) || text.length > maximumRestartMarker) {
      throw new WherryError('invalid-argument', 'A restart marker is printable and without spaces');
    }
    return Buffer.concat([header(blockFlags.marker, text.length), Buffer.from(text, 'latin1')]);
  }

  /** The empty block that ends the file; the connection may go on. */
  flush(): Uint8Array {
    return header(blockFlags.endOfFile, 0);
  }
}

/** Data without flags gives no block when it is empty; the last of several blocks carries the flags. */
function blocksOf(data: Uint8Array, flags: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let rest = data;
  while (rest.length > maximumBlock) {
    parts.push(header(0, maximumBlock), rest.subarray(0, maximumBlock));
    rest = rest.subarray(maximumBlock);
  }
  if (rest.length > 0 || flags !== 0) parts.push(header(flags, rest.length), rest);
  return parts;
}

function header(flags: number, count: number): Uint8Array {
  return Uint8Array.of(flags, count >> 8, count & 255);
}

/**
 * What comes out of a connection in MODE B.
 * - `data`: octets of the file, valid until the next `push`; `suspect` when the sender doubts them.
 * - `marker`: a restart marker, to be answered with 110.
 * - `end`: the file is complete; what follows belongs to the next one.
 */
export type BlockEvent =
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly suspect: boolean }
  | { readonly kind: 'marker'; readonly text: string }
  | { readonly kind: 'end' };

const recordEnd: BlockEvent = { kind: 'data', bytes: Uint8Array.of(lineFeed), suspect: false };

/** Reads the blocks of MODE B, however they are cut. With `records` the end of a record becomes a line feed. */
export class BlockDecoder {
  readonly #records: boolean;
  readonly #queue = new ByteQueue();
  #flags = 0;
  #left = 0;
  #marker = '';
  /** Within a block: its header was read and its flags were not yet acted upon. */
  #inBlock = false;
  #ended = false;

  constructor(options: BlockOptions = {}) {
    this.#records = options.records ?? false;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#queue.append(chunk);
  }

  /**
   * The next event, or null until more is pushed, and after `end` always.
   *
   * @throws WherryError `protocol` for a restart marker that is not one
   */
  next(): BlockEvent | null {
    while (!this.#ended) {
      if (!this.#inBlock && !this.#readHeader()) return null;
      if (this.#left > 0) {
        if (this.#queue.length === 0) return null;
        const bytes = this.#takeData();
        if ((this.#flags & blockFlags.marker) === 0) {
          return { kind: 'data', bytes, suspect: (this.#flags & blockFlags.suspect) !== 0 };
        }
        this.#marker += Buffer.from(bytes).toString('latin1');
      } else {
        const event = this.#finishBlock();
        if (event !== null) return event;
      }
    }
    return null;
  }

  /** The octets behind the end of the file, for the decoder of the next one. */
  takeRest(): Uint8Array {
    const rest = Uint8Array.from(this.#queue.peek());
    this.#queue.clear();
    return rest;
  }

  /**
   * Says that the connection ended.
   *
   * @throws WherryError `truncated` unless a block ended the file
   */
  finish(): void {
    if (!this.#ended)
      throw new WherryError('truncated', 'The data ended before the block that ends the file');
  }

  #readHeader(): boolean {
    if (this.#queue.length < headerLength) return false;
    const { buffer, position } = this.#queue;
    this.#flags = buffer[position] ?? 0;
    this.#left = ((buffer[position + 1] ?? 0) << 8) | (buffer[position + 2] ?? 0);
    this.#inBlock = true;
    this.#marker = '';
    this.#queue.advanceTo(position + headerLength);
    if ((this.#flags & blockFlags.marker) !== 0 && this.#left > maximumRestartMarker) throw badMarker();
    return true;
  }

  #takeData(): Uint8Array {
    const { buffer, position, limit } = this.#queue;
    const end = Math.min(limit, position + this.#left);
    this.#left -= end - position;
    this.#queue.advanceTo(end);
    return buffer.subarray(position, end);
  }

  /** One flag at a time, so that a block may be a marker, the end of a record and the end of the file at once. */
  #finishBlock(): BlockEvent | null {
    const flags = this.#flags;
    if ((flags & blockFlags.marker) !== 0) {
      this.#flags = flags & ~blockFlags.marker;
      if (!/^[!-~]+$/.test(this.#marker)) throw badMarker();
      return { kind: 'marker', text: this.#marker };
    }
    if ((flags & blockFlags.endOfRecord) !== 0 && this.#records) {
      this.#flags = flags & ~blockFlags.endOfRecord;
      return recordEnd;
    }
    this.#inBlock = false;
    if ((flags & blockFlags.endOfFile) === 0) return null;
    this.#ended = true;
    return { kind: 'end' };
  }
}

function badMarker(): WherryError {
  return new WherryError('protocol', 'A restart marker is not printable or too long');
}
