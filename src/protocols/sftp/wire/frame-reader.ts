import { WherryError } from '#core/errors.ts';
import { Lease } from './lease.ts';

const lengthField = 4;
const nothing = Buffer.alloc(0);
const leave = (): void => undefined;

/** Memory for packets that are split, used again and again; as many as may be in work for some clients at once. */
const assemblyLength = 262_144;
const pooledAssemblies = 64;
const pool: Buffer[] = [];

/** One packet without its length field. */
export interface Frame {
  readonly bytes: Buffer;
  /** Gives the memory back, once; no view of the packet may be used afterwards. */
  release(): void;
}

class AssembledFrame implements Frame {
  readonly bytes: Buffer;
  readonly #room: Buffer;

  constructor(length: number) {
    this.#room = length > assemblyLength ? Buffer.allocUnsafeSlow(length) : takeRoom();
    this.bytes = this.#room.subarray(0, length);
  }

  release(): void {
    if (this.#room.length === assemblyLength && pool.length < pooledAssemblies) pool.push(this.#room);
  }
}

function takeRoom(): Buffer {
  return pool.pop() ?? Buffer.allocUnsafeSlow(assemblyLength);
}

class ViewedFrame implements Frame {
  readonly bytes: Buffer;
  readonly #lease: Lease;

  constructor(bytes: Buffer, lease: Lease) {
    this.bytes = bytes;
    this.#lease = lease;
    lease.hold();
  }

  release(): void {
    this.#lease.release();
  }
}

/**
 * Cuts a stream into packets (draft-ietf-secsh-filexfer-02 section 3). A packet that lies whole in a chunk is a view of
 * it; one that is split is put together in memory of its own, once its announced length is checked.
 */
export class FrameReader {
  readonly #maximumLength: number;
  readonly #giveBack: (chunk: Buffer) => void;
  readonly #header = Buffer.alloc(lengthField);
  #chunk: Buffer = nothing;
  #position = 0;
  /** Of the chunk, until it is read to its end. */
  #lease = new Lease(nothing, leave);
  #headerFilled = 0;
  #frame: AssembledFrame | null = null;
  #filled = 0;

  /**
   * @param maximumLength the longest packet without its length field
   * @param giveBack called with a chunk that was read to its end when no packet that lies in it is needed any more
   */
  constructor(maximumLength: number, giveBack: (chunk: Buffer) => void = leave) {
    this.#maximumLength = maximumLength;
    this.#giveBack = giveBack;
  }

  /** Whether a packet has begun and is not whole. */
  get incomplete(): boolean {
    return this.#frame !== null || this.#headerFilled > 0;
  }

  /** Adds octets; only after `next` has returned null. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#position = 0;
    this.#lease = new Lease(chunk, this.#giveBack);
  }

  /**
   * The next packet, or null when more octets are needed.
   *
   * @throws WherryError `protocol` for a length of 0 or beyond the maximum
   */
  next(): Frame | null {
    const frame = this.#next();
    if (frame === null) {
      this.#lease.release();
      this.#chunk = nothing;
      this.#position = 0;
      this.#lease = new Lease(nothing, leave);
    }
    return frame;
  }

  #next(): Frame | null {
    const available = this.#chunk.length - this.#position;
    if (this.#frame !== null) return this.#fill(this.#frame);
    if (this.#headerFilled === 0 && available >= lengthField) {
      const length = this.#check(this.#chunk.readUInt32BE(this.#position));
      this.#position += lengthField;
      if (available - lengthField < length) return this.#fill(this.#begin(length));
      const start = this.#position;
      this.#position += length;
      return new ViewedFrame(this.#chunk.subarray(start, this.#position), this.#lease);
    }
    const taken = Math.min(available, lengthField - this.#headerFilled);
    this.#chunk.copy(this.#header, this.#headerFilled, this.#position, this.#position + taken);
    this.#headerFilled += taken;
    this.#position += taken;
    if (this.#headerFilled < lengthField) return null;
    this.#headerFilled = 0;
    return this.#fill(this.#begin(this.#check(this.#header.readUInt32BE(0))));
  }

  #begin(length: number): AssembledFrame {
    this.#frame = new AssembledFrame(length);
    this.#filled = 0;
    return this.#frame;
  }

  #fill(frame: AssembledFrame): Frame | null {
    const { bytes } = frame;
    const taken = Math.min(bytes.length - this.#filled, this.#chunk.length - this.#position);
    this.#chunk.copy(bytes, this.#filled, this.#position, this.#position + taken);
    this.#filled += taken;
    this.#position += taken;
    if (this.#filled < bytes.length) return null;
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
