import { clearOpener } from '../protection/clear.ts';
import { releaseMemory, takeMemory } from '../protection/packet-memory.ts';
import type { Opener } from '../protection/protection.ts';
import { protocolError } from '../wire/ssh-error.ts';

const lengthLength = 4;
const minimumPadding = 4;
/** Room for the header of a packet that arrives in pieces. */
const headerRoom = 16;

const nothing = Buffer.alloc(0);

/**
 * Takes octets as they come and gives packets. Whole packets are opened where they lie in the chunk; only one that
 * is split between chunks is put together first, in memory of exactly its announced and checked length.
 */
export class PacketReader {
  #opener: Opener = clearOpener;
  #sequence = 0;
  #chunk: Buffer = nothing;
  #position = 0;
  #assembly: Buffer | null = null;
  #filled = 0;
  /** Length field of the packet under way; -1 until it is known. */
  #packetLength = -1;
  #maximumLength: number;
  /** Octets and packets since the keys were taken into use. */
  bytes = 0;
  packets = 0;

  constructor(maximumLength: number) {
    this.#maximumLength = maximumLength;
  }

  /** The longest packet from now on. */
  set maximumLength(length: number) {
    this.#maximumLength = length;
  }

  /** The number of the packet that `next` returned last. */
  get lastSequence(): number {
    return (this.#sequence - 1) >>> 0;
  }

  /** Whether received octets wait to be read. */
  get pending(): boolean {
    return this.#position < this.#chunk.length;
  }

  useOpener(opener: Opener, resetSequence: boolean): void {
    this.#opener = opener;
    this.bytes = 0;
    this.packets = 0;
    if (resetSequence) this.#sequence = 0;
  }

  /** Adds octets; `next` must have returned null before, or what is left is put in front. */
  push(chunk: Buffer): void {
    this.#chunk = this.pending ? Buffer.concat([this.#chunk.subarray(this.#position), chunk]) : chunk;
    this.#position = 0;
  }

  /** Copies what was not read of the last chunk, whose memory is used for the next one. */
  keepRest(): void {
    if (!this.pending) return;
    this.#chunk = Buffer.from(this.#chunk.subarray(this.#position));
    this.#position = 0;
  }

  /**
   * The payload of the next packet, or null when more octets are needed.
   *
   * @throws SshDisconnect (`protocol`, `integrity`) for a malformed or changed packet
   */
  next(): Buffer | null {
    const opener = this.#opener;
    if (this.#assembly !== null) return this.#nextAssembled(this.#assembly);
    const available = this.#chunk.length - this.#position;
    if (available >= opener.headerLength) {
      this.#learnLength(this.#chunk, this.#position);
      const total = this.#totalLength();
      if (available >= total) {
        const start = this.#position;
        this.#position += total;
        return this.#take(this.#opener.open(this.#chunk, start, this.#packetLength, this.#sequence), total);
      }
      this.#startAssembly(takeMemory(total));
    } else if (available > 0) {
      this.#startAssembly(Buffer.allocUnsafe(headerRoom));
    }
    return null;
  }

  #startAssembly(room: Buffer): void {
    this.#filled = this.#chunk.copy(room, 0, this.#position);
    this.#assembly = room;
    this.#releaseChunk();
  }

  #nextAssembled(room: Buffer): Buffer | null {
    let assembly = room;
    if (this.#packetLength < 0) {
      if (!this.#fill(assembly, this.#opener.headerLength)) return null;
      this.#learnLength(assembly, 0);
      const whole = takeMemory(this.#totalLength());
      assembly.copy(whole, 0, 0, this.#filled);
      this.#assembly = whole;
      assembly = whole;
    }
    if (!this.#fill(assembly, assembly.length)) return null;
    this.#assembly = null;
    return this.#openAssembly(assembly);
  }

  #fill(target: Buffer, needed: number): boolean {
    const take = Math.min(needed - this.#filled, this.#chunk.length - this.#position);
    this.#chunk.copy(target, this.#filled, this.#position, this.#position + take);
    this.#filled += take;
    this.#position += take;
    if (!this.pending) this.#releaseChunk();
    return this.#filled >= needed;
  }

  #releaseChunk(): void {
    this.#chunk = nothing;
    this.#position = 0;
  }

  #totalLength(): number {
    return lengthLength + this.#packetLength + this.#opener.tagLength;
  }

  #learnLength(source: Buffer, offset: number): void {
    const opener = this.#opener;
    const length = opener.readLength(source, offset, this.#sequence);
    const counted = opener.lengthInBlocks ? length + lengthLength : length;
    if (length > this.#maximumLength || length < minimumPadding + 1 || counted % opener.blockLength !== 0) {
      throw protocolError('Cannot read on: the length of a packet is not possible');
    }
    this.#packetLength = length;
  }

  #openAssembly(assembly: Buffer): Buffer {
    const opener = this.#opener;
    const total = assembly.length;
    if (opener.openOwn !== undefined) return this.#take(opener.openOwn(assembly), total);
    const clear = opener.open(assembly, 0, this.#packetLength, this.#sequence);
    releaseMemory(assembly);
    return this.#take(clear, total);
  }

  /** Counts a packet that was opened, and takes its payload. */
  #take(clear: Buffer, total: number): Buffer {
    const length = this.#packetLength;
    this.#packetLength = -1;
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.bytes += total;
    this.packets += 1;
    if (!this.pending) this.#releaseChunk();
    const padding = clear[0] ?? 0;
    if (padding < minimumPadding || padding + 1 >= length) {
      throw protocolError('Cannot read on: the padding of a packet is not possible');
    }
    return clear.subarray(1, length - padding);
  }
}
