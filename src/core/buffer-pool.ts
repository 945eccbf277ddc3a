/** Buffers for moving bulk data, reused so that a transfer costs no garbage. */
export class BufferPool {
  readonly size: number;
  readonly #free: Buffer[] = [];
  readonly #kept: number;

  /** @param kept how many idle buffers stay allocated */
  constructor(size: number, kept: number) {
    this.size = size;
    this.#kept = kept;
  }

  take(): Buffer {
    // Unpooled by Node: these are large and live long, and must not pin a shared slab.
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.size);
  }

  give(buffer: Buffer): void {
    if (this.#free.length < this.#kept) this.#free.push(buffer);
  }
}
