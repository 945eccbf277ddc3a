/** Octets that are taken before whoever brings them waits: enough to fill the largest buffer of a transfer twice. */
const highWaterOctets = 2 * 1024 * 1024;

/**
 * Octets between a request that brings them in small pieces and a file that wants them in large ones. Whoever brings
 * more than fits waits until some were taken.
 */
export class PieceQueue {
  #pieces: Uint8Array[] = [];
  #octets = 0;
  #closed = false;
  #room: PromiseWithResolvers<void> | null = null;
  #arrival: PromiseWithResolvers<void> | null = null;

  /** Takes a piece, which belongs to the queue from now on; a promise where its bringer should wait. */
  put(piece: Uint8Array): Promise<void> | undefined {
    if (this.#closed || piece.length === 0) return undefined;
    this.#pieces.push(piece);
    this.#octets += piece.length;
    this.#arrival?.resolve();
    this.#arrival = null;
    if (this.#octets < highWaterOctets) return undefined;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  /** Fills `target` as far as there are octets, waiting for the first. @returns how many; 0 once it was closed */
  async take(target: Uint8Array): Promise<number> {
    while (this.#octets === 0) {
      if (this.#closed) return 0;
      this.#arrival ??= Promise.withResolvers<void>();
      await this.#arrival.promise;
    }
    let filled = 0;
    let used = 0;
    for (const piece of this.#pieces) {
      const count = Math.min(target.length - filled, piece.length);
      target.set(count === piece.length ? piece : piece.subarray(0, count), filled);
      filled += count;
      if (count < piece.length) {
        this.#pieces[used] = piece.subarray(count);
        break;
      }
      used += 1;
      if (filled === target.length) break;
    }
    this.#pieces.splice(0, used);
    this.#octets -= filled;
    if (this.#octets < highWaterOctets) this.#letOn();
    return filled;
  }

  /** Forgets what it holds and lets everybody go who waits. */
  close(): void {
    this.#closed = true;
    this.#pieces = [];
    this.#octets = 0;
    this.#letOn();
    this.#arrival?.resolve();
  }

  #letOn(): void {
    this.#room?.resolve();
    this.#room = null;
  }
}
