import type { CopyOptions } from '#core/copy.ts';
import type { Entry } from '#core/entry.ts';
import { isPending } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { ScpConversation } from './scp-conversation.ts';

const pieceLength = 1024 * 1024;

/** A file that the server's scp sends; it can be read once, from the front. */
export class ScpDownload implements ReadHandle {
  readonly entry: Entry;
  readonly fileDescriptor = null;
  readonly #conversation: ScpConversation;
  readonly #size: number;
  #position = 0;
  #ended = false;
  #closed = false;

  constructor(conversation: ScpConversation, entry: Entry, size: number) {
    this.#conversation = conversation;
    this.entry = entry;
    this.#size = size;
  }

  /** @throws WherryError `not-supported` for a position that has passed already */
  async read(target: Uint8Array, position: number): Promise<number> {
    await this.#skipTo(position);
    let filled = 0;
    while (filled < target.length) {
      const piece = await this.#next(target.length - filled);
      if (piece === null) break;
      target.set(piece, filled);
      filled += piece.length;
    }
    return filled;
  }

  async copyTo(target: WriteHandle, options: CopyOptions): Promise<number> {
    const { start, length = Number.POSITIVE_INFINITY, onChunk, onProgress, take, signal } = options;
    await this.#skipTo(start);
    let moved = 0;
    while (moved < length) {
      if (signal?.aborted === true) throw new WherryError('aborted', 'The copy was stopped');
      const piece = await this.#next(Math.min(pieceLength, length - moved));
      if (piece === null) break;
      if (take !== undefined) await take(piece.length);
      const seen = onChunk?.(piece, start + moved);
      if (isPending(seen)) await seen;
      const written = target.write(piece, start + moved);
      if (isPending(written)) await written;
      moved += piece.length;
      onProgress?.(piece.length);
    }
    return moved;
  }

  /** Ends it; a file that was not read to its end is dropped with the server's scp. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#ended) this.#conversation.drop();
    else await this.#conversation.finish();
  }

  async #skipTo(position: number): Promise<void> {
    if (position < this.#position) {
      throw new WherryError('not-supported', 'SCP sends a file once, from its beginning to its end');
    }
    while (this.#position < position) {
      if ((await this.#next(Math.min(pieceLength, position - this.#position))) === null) return;
    }
  }

  async #next(maximum: number): Promise<Buffer | null> {
    if (this.#closed) throw new WherryError('closed', 'Cannot read the file: it is closed');
    if (this.#position === this.#size) {
      await this.#conclude();
      return null;
    }
    const piece = await this.#conversation.take(Math.min(maximum, this.#size - this.#position));
    this.#position += piece.length;
    // The last octet counts only when the server says that all of them were right.
    if (this.#position === this.#size) await this.#conclude();
    return piece;
  }

  async #conclude(): Promise<void> {
    if (this.#ended) return;
    await this.#conversation.agreed();
    this.#ended = true;
    await this.#conversation.agree();
  }
}
