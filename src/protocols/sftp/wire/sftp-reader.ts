import { WherryError } from '#core/errors.ts';

/**
 * Reads the fields of one packet. Byte strings are views into it.
 *
 * @throws WherryError `protocol` where the packet ends too early or holds a number that no file has
 */
export class SftpReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  /** A position or size; beyond 2^53 - 1 no storage has any. */
  uint64(): number {
    const start = this.#advance(8);
    const value = this.#bytes.readUInt32BE(start) * 2 ** 32 + this.#bytes.readUInt32BE(start + 4);
    if (!Number.isSafeInteger(value)) throw new WherryError('protocol', 'A position is too large');
    return value;
  }

  string(): Buffer {
    const length = this.uint32();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    return this.string().toString('utf8');
  }

  #advance(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) {
      throw new WherryError('protocol', 'A packet is shorter than its fields');
    }
    this.#position = start + length;
    return start;
  }
}
