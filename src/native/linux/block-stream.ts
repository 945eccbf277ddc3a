import { read } from 'node:fs';
import type { BlockStream, BlockStreamOptions, StreamProgress } from '../datagram-contract.ts';
import { checkResult } from '../system-error.ts';
import type { DatagramBinding, DatagramRoom } from './datagram-binding.ts';
import { progressNumbers, progressOf } from './progress.ts';

/** What `block_stream.c` tells: the `enum event` there. */
const events = Object.freeze({ sliceTaken: 1, diskNeeded: 2, busy: 3, fileEnded: 4, confirmed: 5 });

/** Octets read ahead in the thread pool where the page cache does not hold them. */
const diskReadBytes = 256 * 1024;

/** How soon packets that the kernel did not take are tried again. */
const retryMs = 1;

type Settled = PromiseWithResolvers<number>;

/** A {@link BlockStream} of the addon: this side only reads from disks, waits, and passes on what is told. */
export class LinuxBlockStream implements BlockStream {
  readonly #binding: DatagramBinding;
  readonly #room: DatagramRoom;
  readonly #fd: number;
  readonly #progress = new Float64Array(progressNumbers);
  #fileDescriptor = -1;
  #waiting: Settled | null = null;
  #reading: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed: Error | null = null;

  constructor(
    place: { readonly binding: DatagramBinding; readonly room: DatagramRoom; readonly fd: number },
    options: BlockStreamOptions,
  ) {
    this.#binding = place.binding;
    this.#room = place.room;
    this.#fd = place.fd;
    const { blockBytes, windowBlocks, rollover } = options;
    checkResult(this.#binding.blocksOpen(this.#room, this.#fd, blockBytes, windowBlocks, rollover), 'mmap');
  }

  sendFile(fileDescriptor: number, position: number, length: number): Promise<number> {
    this.#fileDescriptor = fileDescriptor;
    return this.#wait(() => this.#binding.blocksSend(this.#room, this.#fd, fileDescriptor, position, length));
  }

  async end(): Promise<void> {
    await this.#wait(() => this.#binding.blocksEnd(this.#room, this.#fd));
  }

  retransmit(): void {
    if (this.#closed === null) this.#binding.blocksResume(this.#room, this.#fd, true);
  }

  look(): StreamProgress {
    const progress = this.#progress;
    if (this.#closed === null) this.#binding.blocksLook(this.#room, this.#fd, progress);
    return progressOf(progress);
  }

  close(reason: Error): void {
    if (this.#closed !== null) return;
    this.look();
    this.#closed = reason;
    this.#binding.blocksClose(this.#room, this.#fd);
    if (this.#retry !== null) clearTimeout(this.#retry);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) void this.#reject(waiting, reason);
  }

  /** Takes what the addon tells. */
  onEvent(event: number, octets: number): void {
    if (this.#closed !== null) return;
    if (event === events.diskNeeded) {
      this.#reading = this.#readFromDisk(octets);
    } else if (event === events.busy) {
      this.#retry = setTimeout(() => this.#binding.blocksResume(this.#room, this.#fd, false), retryMs);
    } else if (event === events.fileEnded) {
      this.close(new Error('The file became shorter while it was sent'));
    } else {
      const waiting = this.#waiting;
      this.#waiting = null;
      waiting?.resolve(octets);
    }
  }

  async #wait(start: () => number): Promise<number> {
    if (this.#closed !== null) throw this.#closed;
    const waiting = Promise.withResolvers<number>();
    // What is told may be told before `start` has returned.
    this.#waiting = waiting;
    const result = start();
    if (result < 0) this.#waiting = null;
    checkResult(result, 'sendmsg');
    return await waiting.promise;
  }

  /** Rejects when no read is under way any more: the file must not be closed beneath it. */
  async #reject(waiting: Settled, reason: Error): Promise<void> {
    await this.#reading;
    waiting.reject(reason);
  }

  async #readFromDisk(position: number): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(diskReadBytes);
    let count = 0;
    try {
      while (count < buffer.length) {
        const more = await readAt(this.#fileDescriptor, buffer, { from: count, position: position + count });
        if (more === 0) break;
        count += more;
      }
    } catch (thrown) {
      this.#reading = null;
      this.close(thrown as Error);
      return;
    }
    this.#reading = null;
    if (this.#closed === null) this.#binding.blocksGive(this.#room, this.#fd, buffer, position, count);
  }
}

function readAt(
  fileDescriptor: number,
  buffer: Buffer,
  place: { readonly from: number; readonly position: number },
): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const { from, position } = place;
    read(fileDescriptor, buffer, from, buffer.length - from, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
