import { WherryError } from '#core/errors.ts';
import { releaseMemory } from '#protocols/ssh/protection/packet-memory.ts';
import { Lease } from '../wire/lease.ts';
import { packetType } from '../wire/packet-types.ts';
import { SftpReader } from '../wire/sftp-reader.ts';

/** Octets of a file as they came, without a copy; `release` gives the memory back. */
export interface Piece {
  readonly bytes: Buffer;
  readonly release: () => void;
}

/** Who hears of answers. */
export interface ReplyListener {
  /** A whole answer that is not DATA; the reader stands behind the number and is good during the call only. */
  onReply(type: number, id: number, reader: SftpReader): void;
  /** A part of a DATA answer; `left` octets of it are still to come. */
  onData(id: number, piece: Piece, left: number): void;
}

const lengthField = 4;
/** Length, type, number, and the length of the data. */
const dataHeader = 13;

/** Cuts what a server sends into answers. Octets of files are passed on as they lie in the channel's memory. */
export class ReplyStream {
  readonly #listener: ReplyListener;
  readonly #maximumLength: number;
  /** The start of a packet, or a whole one that came in parts. */
  #room: Buffer = Buffer.alloc(dataHeader);
  #filled = 0;
  /** How much of the packet has to be there before anything more can be said of it. */
  #needed = lengthField;
  /** The DATA answer under way, and what of it is to come. */
  #dataId = 0;
  #dataLeft = 0;

  /** @param maximumLength the longest packet without its length field */
  constructor(listener: ReplyListener, maximumLength: number) {
    this.#listener = listener;
    this.#maximumLength = maximumLength;
  }

  /**
   * Takes a chunk, whose memory belongs to this stream from now on.
   *
   * @throws WherryError `protocol` for what is no packet
   */
  push(chunk: Buffer): void {
    const lease = new Lease(chunk, releaseMemory);
    let position = 0;
    while (position < chunk.length) {
      if (this.#dataLeft > 0) position = this.#passData(chunk, position, lease);
      else if (this.#filled > 0 || chunk.length - position < dataHeader)
        position = this.#gather(chunk, position);
      else position = this.#takeInPlace(chunk, position);
    }
    lease.release();
  }

  /** A packet that begins here: taken where it lies if it is whole. */
  #takeInPlace(chunk: Buffer, position: number): number {
    const length = this.#check(chunk.readUInt32BE(position));
    if (chunk[position + lengthField] === packetType.data && length >= dataHeader - lengthField) {
      this.#startData(chunk.subarray(position, position + dataHeader), length);
      return position + dataHeader;
    }
    const end = position + lengthField + length;
    if (end > chunk.length) return this.#gather(chunk, position);
    this.#takeReply(chunk.subarray(position + lengthField, end));
    return end;
  }

  /** Puts together what is split: the length, then as much as shows whether it is DATA, then all of it. */
  #gather(chunk: Buffer, from: number): number {
    const taken = Math.min(this.#needed - this.#filled, chunk.length - from);
    chunk.copy(this.#room, this.#filled, from, from + taken);
    this.#filled += taken;
    if (this.#filled === this.#needed) this.#onGathered();
    return from + taken;
  }

  #onGathered(): void {
    const length = this.#check(this.#room.readUInt32BE(0));
    const total = lengthField + length;
    if (this.#filled === lengthField) {
      this.#needed = Math.min(total, dataHeader);
    } else if (this.#filled === total) {
      const whole = this.#room.subarray(lengthField, total);
      this.#reset();
      this.#takeReply(whole);
    } else if (this.#room[lengthField] === packetType.data) {
      const header = this.#room;
      this.#reset();
      this.#startData(header, length);
    } else {
      const room = Buffer.allocUnsafeSlow(total);
      this.#room.copy(room, 0, 0, this.#filled);
      this.#room = room;
      this.#needed = total;
    }
  }

  #reset(): void {
    this.#room = Buffer.alloc(dataHeader);
    this.#filled = 0;
    this.#needed = lengthField;
  }

  #startData(header: Buffer, length: number): void {
    const id = header.readUInt32BE(5);
    const dataLength = header.readUInt32BE(9);
    if (dataLength + dataHeader - lengthField !== length) throw impossible();
    this.#dataId = id;
    this.#dataLeft = dataLength;
    if (dataLength === 0) this.#listener.onData(id, nothing, 0);
  }

  #passData(chunk: Buffer, position: number, lease: Lease): number {
    const end = Math.min(chunk.length, position + this.#dataLeft);
    this.#dataLeft -= end - position;
    lease.hold();
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      lease.release();
    };
    this.#listener.onData(this.#dataId, { bytes: chunk.subarray(position, end), release }, this.#dataLeft);
    return end;
  }

  #takeReply(packet: Buffer): void {
    const reader = new SftpReader(packet);
    const type = reader.byte();
    this.#listener.onReply(type, type === packetType.version ? 0 : reader.uint32(), reader);
  }

  #check(length: number): number {
    if (length < 5 || length > this.#maximumLength) throw impossible();
    return length;
  }
}

const nothing: Piece = Object.freeze({ bytes: Buffer.alloc(0), release: () => undefined });

function impossible(): WherryError {
  return new WherryError('protocol', 'The server sent a packet of an impossible length');
}
