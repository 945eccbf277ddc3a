import { isPending, type Awaitable } from '#core/awaitable.ts';
import { BufferPool } from '#core/buffer-pool.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { packetType, status } from '../wire/packet-types.ts';
import type { RemoteFile } from './remote-file.ts';
import { errorOfStatus, readStatus } from './status-errors.ts';

/** Packets of WRITE, filled in place and used again. */
const packets = new BufferPool(262_144, 16);

/** Length, type, number, length of the handle, position, and length of the data. */
const fixedHeader = 25;

/** A WRITE whose data is put straight into its packet. */
export interface WritePacket {
  /** Room for the data. */
  readonly room: Buffer;
  /** Sends the first `length` octets of `room` for `position`; nothing of the packet is used afterwards. */
  send(length: number, position: number): Awaitable<void>;
  /** Gives the packet back unsent. */
  drop(): void;
}

/**
 * WRITEs of one file, sent without waiting for the answer to each. What goes wrong with one is told by whatever is done
 * next, and by `finish`.
 */
export class WriteBehind {
  readonly #file: RemoteFile;
  readonly #dataStart: number;
  readonly #transferLength: number;
  readonly #largestFlight: number;
  #underWay = 0;
  #error: WherryError | null = null;
  #wake: (() => void) | null = null;
  /** Octets that were handed on. */
  octets = 0;

  constructor(file: RemoteFile) {
    this.#file = file;
    this.#dataStart = fixedHeader + file.handle.length;
    const { transferLengths, route } = file.session;
    this.#transferLength = Math.min(transferLengths.write, packets.size - this.#dataStart);
    this.#largestFlight = route.largestFlight;
  }

  /** Sends `source` in as many WRITEs as it takes; it may be used again when this settles. */
  write(source: Uint8Array, position: number): Awaitable<void> {
    this.check();
    if (source.length <= this.#transferLength) return this.#writePart(source, position);
    return this.#writeParts(source, position);
  }

  async #writeParts(source: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < source.length; done += this.#transferLength) {
      await this.#writePart(source.subarray(done, done + this.#transferLength), position + done);
    }
  }

  #writePart(source: Uint8Array, position: number): Awaitable<void> {
    if (source.length === 0) return undefined;
    const packet = this.packet();
    packet.room.set(source);
    return packet.send(source.length, position);
  }

  /** A packet to be filled. */
  packet(): WritePacket {
    const memory = packets.take();
    return {
      room: memory.subarray(this.#dataStart, this.#dataStart + this.#transferLength),
      send: (length, position) => this.#send(memory, length, position),
      drop: () => {
        packets.give(memory);
      },
    };
  }

  /** @throws WherryError what an earlier WRITE failed with */
  check(): void {
    if (this.#error !== null) throw this.#error;
  }

  /** Settles when every WRITE is answered. @throws WherryError what one of them failed with */
  async finish(): Promise<void> {
    while (this.#underWay > 0 && this.#error === null) await this.#change();
    this.check();
  }

  #send(memory: Buffer, length: number, position: number): Awaitable<void> {
    const { requests } = this.#file.session;
    let written: Awaitable<void>;
    try {
      this.check();
      const id = requests.register({
        onReply: (type, reader) => {
          const said = type === packetType.status ? readStatus(reader) : null;
          if (said === null)
            this.#fail(new WherryError('protocol', 'The server sent an answer of the wrong kind'));
          else if (said.code !== status.ok) {
            this.#fail(errorOfStatus(said, { action: 'write the file', path: this.#file.path }));
          }
          this.#arrive(length);
        },
        onFailed: (error) => {
          this.#fail(error);
          this.#arrive(length);
        },
      });
      this.#underWay += length;
      this.octets += length;
      written = requests.write(this.#frame(memory, { id, length, position }));
    } catch (thrown) {
      packets.give(memory);
      throw toWherryError(thrown, 'write the file');
    }
    if (!isPending(written)) packets.give(memory);
    else return this.#handOn(written, memory);
    return this.#underWay < this.#largestFlight ? undefined : this.#room();
  }

  async #handOn(written: Promise<void>, memory: Buffer): Promise<void> {
    try {
      await written;
    } finally {
      packets.give(memory);
    }
    await this.#room();
  }

  /** WRITE (section 6.4): the fields in front of the data. */
  #frame(
    memory: Buffer,
    { id, length, position }: { readonly id: number; readonly length: number; readonly position: number },
  ): Buffer {
    const { handle } = this.#file;
    const total = this.#dataStart + length;
    memory.writeUInt32BE(total - 4, 0);
    memory[4] = packetType.write;
    memory.writeUInt32BE(id, 5);
    memory.writeUInt32BE(handle.length, 9);
    memory.set(handle, 13);
    const place = 13 + handle.length;
    memory.writeUInt32BE(Math.floor(position / 2 ** 32), place);
    memory.writeUInt32BE(position % 2 ** 32, place + 4);
    memory.writeUInt32BE(length, place + 8);
    return memory.subarray(0, total);
  }

  async #room(): Promise<void> {
    while (this.#underWay >= this.#largestFlight && this.#error === null) await this.#change();
    this.check();
  }

  #fail(error: WherryError): void {
    this.#error ??= error;
  }

  #arrive(length: number): void {
    this.#underWay -= length;
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const previous = this.#wake;
      this.#wake = () => {
        previous?.();
        resolve();
      };
    });
  }
}
