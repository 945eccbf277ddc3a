/** Octets per chunk: large enough to make a long copy cheap, small enough that a gap costs nothing. */
const chunkSize = 65536;

/** First allocation of a chunk, doubled as it fills, so that a small file does not hold 64 KiB. */
const smallestChunk = 256;

/** The octets of one file in memory: sparse, so that what was never written takes no room and reads as zeros. */
export class MemoryContent {
  readonly #chunks = new Map<number, Buffer>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  read(target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.length, this.#size - position));
    let done = 0;
    while (done < length) {
      const at = position + done;
      const offset = at % chunkSize;
      const count = Math.min(length - done, chunkSize - offset);
      const chunk = this.#chunks.get(Math.floor(at / chunkSize));
      // A chunk ends where its last write did, and so does what can be copied from it.
      const held = chunk !== undefined && offset < chunk.length;
      const copied = held ? chunk.copy(target, done, offset, offset + count) : 0;
      if (copied < count) target.fill(0, done + copied, done + count);
      done += count;
    }
    return length;
  }

  write(source: Uint8Array, position: number): void {
    let done = 0;
    while (done < source.length) {
      const at = position + done;
      const offset = at % chunkSize;
      const count = Math.min(source.length - done, chunkSize - offset);
      const chunk = this.#chunkOf(Math.floor(at / chunkSize), offset + count);
      chunk.set(source.subarray(done, done + count), offset);
      done += count;
    }
    if (done > 0) this.#size = Math.max(this.#size, position + done);
  }

  truncate(size: number): void {
    if (size < this.#size) {
      const last = Math.floor(size / chunkSize);
      for (const index of this.#chunks.keys()) if (index > last) this.#chunks.delete(index);
      this.#chunks.get(last)?.fill(0, size % chunkSize);
    }
    this.#size = size;
  }

  /** Takes over a copy of everything that `other` holds. */
  copyFrom(other: MemoryContent): void {
    this.#chunks.clear();
    for (const [index, chunk] of other.#chunks) this.#chunks.set(index, Buffer.from(chunk));
    this.#size = other.#size;
  }

  #chunkOf(index: number, needed: number): Buffer {
    const chunk = this.#chunks.get(index);
    if (chunk !== undefined && chunk.length >= needed) return chunk;
    let length = chunk?.length ?? smallestChunk;
    while (length < needed) length *= 2;
    const grown = Buffer.alloc(length);
    if (chunk !== undefined) grown.set(chunk);
    this.#chunks.set(index, grown);
    return grown;
  }
}
