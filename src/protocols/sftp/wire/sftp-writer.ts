const lengthField = 4;

/** Writes one packet with its length in front. */
export class SftpWriter {
  #buffer: Buffer;
  #length = lengthField;

  /** @param size octets that are likely to be enough */
  constructor(type: number, size = 128) {
    this.#buffer = Buffer.allocUnsafe(size);
    this.byte(type);
  }

  byte(value: number): this {
    this.#buffer[this.#reserve(1)] = value;
    return this;
  }

  uint32(value: number): this {
    const position = this.#reserve(4);
    this.#buffer.writeUInt32BE(value, position);
    return this;
  }

  /** A whole number from 0 to 2^53 - 1. */
  uint64(value: number): this {
    const position = this.#reserve(8);
    this.#buffer.writeUInt32BE(Math.floor(value / 2 ** 32), position);
    this.#buffer.writeUInt32BE(value % 2 ** 32, position + 4);
    return this;
  }

  string(value: Uint8Array | string): this {
    if (typeof value !== 'string') return this.uint32(value.length).raw(value);
    const length = Buffer.byteLength(value);
    this.uint32(length);
    const position = this.#reserve(length);
    this.#buffer.write(value, position);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const position = this.#reserve(bytes.length);
    this.#buffer.set(bytes, position);
    return this;
  }

  /** The packet; the writer is not to be used afterwards. */
  finish(): Buffer {
    this.#buffer.writeUInt32BE(this.#length - lengthField, 0);
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
