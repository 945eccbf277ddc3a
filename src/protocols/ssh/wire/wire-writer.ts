const initialSize = 128;

/** Writes the data types of RFC 4251 section 5 one after another into a buffer that grows. */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(initialSize);
  #length = 0;

  byte(value: number): this {
    this.#buffer[this.#reserve(1)] = value;
    return this;
  }

  boolean(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  uint32(value: number): this {
    const position = this.#reserve(4);
    this.#buffer.writeUInt32BE(value, position);
    return this;
  }

  uint64(value: bigint): this {
    const position = this.#reserve(8);
    this.#buffer.writeBigUInt64BE(value, position);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const position = this.#reserve(bytes.length);
    this.#buffer.set(bytes, position);
    return this;
  }

  string(value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    return this.uint32(bytes.length).raw(bytes);
  }

  /** A non-negative number from its big-endian magnitude, leading zeros or not. */
  mpint(magnitude: Uint8Array): this {
    let start = 0;
    while (start < magnitude.length && magnitude[start] === 0) start += 1;
    const significant = magnitude.subarray(start);
    const signed = ((significant[0] ?? 0) & 0x80) !== 0;
    this.uint32(significant.length + (signed ? 1 : 0));
    if (signed) this.byte(0);
    return this.raw(significant);
  }

  nameList(names: readonly string[]): this {
    return this.string(names.join(','));
  }

  /** What was written, as a view; the writer is not to be used afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(length: number): number {
    const position = this.#length;
    const needed = position + length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, position);
      this.#buffer = grown;
    }
    this.#length = needed;
    return position;
  }
}

/** A message that starts with its number. */
export function startMessage(number: number): WireWriter {
  return new WireWriter().byte(number);
}
