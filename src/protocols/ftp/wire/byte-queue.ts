const empty = new Uint8Array(0);

/**
 * Octets that arrived and were not yet taken. A chunk that comes while nothing waits is used where it lies;
 * otherwise it is appended to a buffer that doubles, so that octets that come one by one cost no more than in one
 * piece. Views handed out are valid until the next `append`.
 */
export class ByteQueue {
  #buffer: Uint8Array = empty;
  #position = 0;
  #limit = 0;
  #owned = false;

  /** The memory that holds what waits: the octets from `position` up to `limit`. */
  get buffer(): Uint8Array {
    return this.#buffer;
  }

  get position(): number {
    return this.#position;
  }

  get limit(): number {
    return this.#limit;
  }

  get length(): number {
    return this.#limit - this.#position;
  }

  /** Adds octets at the end. Returns whether positions moved, so that what a reader noted of them is void. */
  append(chunk: Uint8Array): boolean {
    const waiting = this.#limit - this.#position;
    if (waiting === 0) {
      this.#buffer = chunk;
      this.#position = 0;
      this.#limit = chunk.length;
      this.#owned = false;
      return true;
    }
    if (this.#owned && this.#limit + chunk.length <= this.#buffer.length) {
      this.#buffer.set(chunk, this.#limit);
      this.#limit += chunk.length;
      return false;
    }
    const grown = Buffer.allocUnsafe(Math.max(256, 2 * (waiting + chunk.length)));
    grown.set(this.#buffer.subarray(this.#position, this.#limit), 0);
    grown.set(chunk, waiting);
    this.#buffer = grown;
    this.#position = 0;
    this.#limit = waiting + chunk.length;
    this.#owned = true;
    return true;
  }

  /** Takes the octets up to `position`. */
  advanceTo(position: number): void {
    this.#position = position;
  }

  /** What waits, as a view. */
  peek(): Uint8Array {
    return this.#buffer.subarray(this.#position, this.#limit);
  }

  /** Forgets what waits and the memory that held it. */
  clear(): void {
    this.#buffer = empty;
    this.#position = 0;
    this.#limit = 0;
    this.#owned = false;
  }
}
