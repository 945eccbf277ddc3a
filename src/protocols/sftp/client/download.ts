import { isPending } from '#core/awaitable.ts';
import type { CopyOptions } from '#core/copy.ts';
import { WherryError } from '#core/errors.ts';
import type { WriteHandle } from '#core/file-system.ts';
import type { PlacedPiece, ReadAhead } from './read-ahead.ts';

/**
 * Octets under way to a file of this machine. Those that come while a thread writes go with its next call: the more there
 * may be, the fewer calls and threads to wake. Their memory stays in use meanwhile.
 */
const writtenAtOnce = 4 * 1024 * 1024;

/**
 * Moves what is read ahead into a handle. A file takes several pieces at once; whatever else stands behind the handle
 * gets them one after the other.
 *
 * @returns the octets moved
 */
export async function copyAhead(
  ahead: ReadAhead,
  target: WriteHandle,
  options: CopyOptions,
): Promise<number> {
  const { onChunk, onProgress, take, signal } = options;
  const writes = new Writes(target, target.fileDescriptor === null ? 1 : writtenAtOnce, onProgress);
  const stop = (): void => {
    ahead.stop(new WherryError('aborted', 'The copy was stopped'));
  };
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (let piece = await ahead.next(); piece !== null; piece = await ahead.next()) {
      if (take !== undefined) await take(piece.bytes.length);
      const seen = onChunk?.(piece.bytes, piece.position);
      if (isPending(seen)) await seen;
      if (writes.add(piece)) await writes.room();
    }
    await writes.finish();
    return writes.octets;
  } finally {
    signal?.removeEventListener('abort', stop);
    ahead.stop();
    await writes.settle();
  }
}

/** Writes of pieces that are under way. */
class Writes {
  readonly #target: WriteHandle;
  /** Octets from which on `room` is waited for. */
  readonly #maximum: number;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #underWay = 0;
  #failure: { readonly thrown: unknown } | null = null;
  #wake: (() => void) | null = null;
  octets = 0;

  constructor(target: WriteHandle, maximum: number, onProgress: ((bytes: number) => void) | undefined) {
    this.#target = target;
    this.#maximum = maximum;
    this.#onProgress = onProgress;
  }

  /** Writes a piece and gives its memory back afterwards; whether `room` is to be waited for. */
  add(piece: PlacedPiece): boolean {
    const { bytes, position } = piece;
    const written = this.#target.write(bytes, position);
    if (isPending(written)) {
      this.#underWay += bytes.length;
      void this.#follow(written, piece);
    } else {
      this.#count(bytes.length);
      piece.release();
    }
    return this.#underWay >= this.#maximum || this.#failure !== null;
  }

  /** Settles when there is room for another one. @throws what a write failed with */
  async room(): Promise<void> {
    while (this.#underWay >= this.#maximum) await this.#change();
    if (this.#failure !== null) throw this.#failure.thrown;
  }

  /** Settles when all is written. @throws what a write failed with */
  async finish(): Promise<void> {
    await this.settle();
    if (this.#failure !== null) throw this.#failure.thrown;
  }

  /** Settles when nothing is under way any more; never rejects. */
  async settle(): Promise<void> {
    while (this.#underWay > 0) await this.#change();
  }

  async #follow(written: Promise<void>, piece: PlacedPiece): Promise<void> {
    const { length } = piece.bytes;
    try {
      await written;
      this.#count(length);
    } catch (thrown) {
      this.#failure ??= { thrown };
    }
    piece.release();
    this.#underWay -= length;
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #count(octets: number): void {
    this.octets += octets;
    this.#onProgress?.(octets);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
