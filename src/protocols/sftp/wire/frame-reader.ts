import { WherryError } from '#core/errors.ts';

const lengthField = 4;
const nothing = Buffer.alloc(0);

/**
 * Cuts a stream into packets (draft-ietf-secsh-filexfer-02 section 3). A packet that lies whole in a chunk is a view of
 * it; one that is split is put together in memory of its announced and checked length.
 */
export class FrameReader {
  readonly #maximumLength: number;
  #chunk: Buffer = nothing;
  #position = 0;
  #header = Buffer.alloc(lengthField);
  #headerFilled = 0;
  #frame: Buffer | null = null;
  #filled = 0;

  /** @param maximumLength the longest packet without its length field */
  constructor(maximumLength: number) {
    this.#maximumLength = maximumLength;
  }

  /** Whether a packet has begun and is not whole. */
  get incomplete(): boolean {
    return this.#frame !== null || this.#headerFilled > 0;
  }

  /** Adds octets; only after `next` has returned null. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#position = 0;
  }

  /**
   * The next packet without its length field, or null when more octets are needed.
   *
   * @throws WherryError `protocol` for a length of 0 or beyond the maximum
   */
  next(): Buffer | null {
    const available = this.#chunk.length - this.#position;
    if (this.#frame !== null) return this.#fill(this.#frame);
    if (this.#headerFilled === 0 && available >= lengthField) {
      const length = this.#check(this.#chunk.readUInt32BE(this.#position));
      this.#position += lengthField;
      if (available - lengthField >= length) {
        const start = this.#position;
        this.#position += length;
        return this.#chunk.subarray(start, this.#position);
      }
      return this.#fill(this.#begin(length));
    }
    const taken = Math.min(available, lengthField - this.#headerFilled);
    this.#chunk.copy(this.#header, this.#headerFilled, this.#position, this.#position + taken);
    this.#headerFilled += taken;
    this.#position += taken;
    if (this.#headerFilled < lengthField) return null;
    this.#headerFilled = 0;
    return this.#fill(this.#begin(this.#check(this.#header.readUInt32BE(0))));
  }

  #begin(length: number): Buffer {
    const frame = Buffer.allocUnsafeSlow(length);
    this.#frame = frame;
    this.#filled = 0;
    return frame;
  }

  #fill(frame: Buffer): Buffer | null {
    const taken = Math.min(frame.length - this.#filled, this.#chunk.length - this.#position);
    this.#chunk.copy(frame, this.#filled, this.#position, this.#position + taken);
    this.#filled += taken;
    this.#position += taken;
    if (this.#filled < frame.length) return null;
    this.#frame = null;
    return frame;
  }

  #check(length: number): number {
    if (length === 0 || length > this.#maximumLength) {
      throw new WherryError('protocol', 'The length of a packet is not possible');
    }
    return length;
  }
}
