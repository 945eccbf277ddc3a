import { protocolError } from './ssh-error.ts';

/**
 * Reads the data types of RFC 4251 section 5 one after another. Byte strings are views into the message.
 *
 * @throws SshDisconnect (`protocol`) wherever the message ends too early or holds what its type forbids
 */
export class WireReader {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  boolean(): boolean {
    return this.byte() !== 0;
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#advance(8));
  }

  raw(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  string(): Buffer {
    return this.raw(this.uint32());
  }

  text(): string {
    return this.string().toString('utf8');
  }

  /** The magnitude of a non-negative number without leading zeros. */
  mpint(): Buffer {
    const bytes = this.string();
    if (bytes.length > 0 && ((bytes[0] ?? 0) & 0x80) !== 0) throw protocolError('A number is negative');
    let start = 0;
    while (start < bytes.length && bytes[start] === 0) start += 1;
    return bytes.subarray(start);
  }

  nameList(): string[] {
    const text = this.string().toString('latin1');
    return text === '' ? [] : text.split(',');
  }

  rest(): Buffer {
    return this.raw(this.remaining);
  }

  /** Makes sure that nothing follows. */
  end(): void {
    if (this.remaining !== 0) throw protocolError('A message is longer than its fields');
  }

  #advance(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) throw protocolError('A message is shorter than its fields');
    this.#position = start + length;
    return start;
  }
}
