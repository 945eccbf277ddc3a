import { fileURLToPath } from 'node:url';
import { toWherryError, WherryError } from '#core/errors.ts';
import { bareEntry, type Entry } from '#core/entry.ts';
import type { ReadHandle } from '#core/file-system.ts';
import { localPlace } from '../connect/local.ts';
import type { FilePlace } from '../copy/options.ts';

/** What can be uploaded: a path of this machine, octets, or anything that gives octets piece by piece. */
export type UploadSource =
  | string
  | URL
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>;

/** The place of a source that is a file of this machine; null for every other. */
export function placeOfSource(source: UploadSource): FilePlace | null {
  if (source instanceof URL) return localPlace(fileURLToPath(source));
  return typeof source === 'string' ? localPlace(source) : null;
}

/** Whether a source can be read from its start again, for another try. */
export function isRepeatable(source: UploadSource): boolean {
  return source instanceof Uint8Array || source instanceof Blob;
}

/** Opens a source that is no file, to be read once from its start to its end. */
export function openSource(source: Exclude<UploadSource, string | URL>): ReadHandle {
  if (source instanceof Uint8Array) return new PieceReader([source][Symbol.iterator](), source.length);
  if (source instanceof Blob) return new PieceReader(source.stream()[Symbol.asyncIterator](), source.size);
  if (Symbol.asyncIterator in source) return new PieceReader(source[Symbol.asyncIterator](), null);
  return new PieceReader(source[Symbol.iterator](), null);
}

type Pieces = AsyncIterator<Uint8Array | string> | Iterator<Uint8Array | string>;

const encoder = new TextEncoder();

/** Octets that come piece by piece, as a file that is read from the front. */
class PieceReader implements ReadHandle {
  readonly entry: Entry;
  readonly fileDescriptor = null;
  readonly #pieces: Pieces;
  #left: Uint8Array = new Uint8Array(0);
  #position = 0;
  #over = false;

  constructor(pieces: Pieces, size: number | null) {
    this.#pieces = pieces;
    this.entry = bareEntry('', 'file', { size });
  }

  /** @throws WherryError `invalid-range` for any position but the next; `io` when the source fails */
  async read(target: Uint8Array, position: number): Promise<number> {
    if (position !== this.#position) {
      throw new WherryError('invalid-range', 'A stream can be read from its start to its end only');
    }
    while (this.#left.length === 0 && !this.#over) await this.#next();
    const part = this.#left.subarray(0, target.length);
    target.set(part);
    this.#left = this.#left.subarray(part.length);
    this.#position += part.length;
    return part.length;
  }

  async #next(): Promise<void> {
    let step: IteratorResult<Uint8Array | string>;
    try {
      step = await this.#pieces.next();
    } catch (thrown) {
      throw toWherryError(thrown, 'read what is to be uploaded');
    }
    if (step.done === true) this.#over = true;
    else this.#left = typeof step.value === 'string' ? encoder.encode(step.value) : bytesOf(step.value);
  }

  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#pieces.return?.();
  }
}

function bytesOf(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  throw new WherryError('invalid-argument', 'Cannot upload this: its pieces are neither octets nor text');
}
