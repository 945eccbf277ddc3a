import { isPending } from '#core/awaitable.ts';
import type { CopyOptions } from '#core/copy.ts';
import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { ReadHandle, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { receiveBytes } from './move-bytes.ts';
import type { Transfer } from './transfer.ts';
import type { Transfers } from './transfers.ts';

/** Reading ahead over a gap is cheaper than a new transfer up to here. */
const skippedAtMost = 256 * 1024;

/**
 * A remote file to read. The transfer begins with the first read, at its position (REST), and goes on from read to
 * read; a position elsewhere begins another one. While one is under way no other transfer of the connection is.
 */
export class Download implements ReadHandle {
  readonly entry: Entry;
  readonly fileDescriptor = null;
  readonly #transfers: Transfers;
  readonly #path: VirtualPath;
  readonly #signal: AbortSignal | undefined;
  #transfer: Transfer | null = null;
  /** Where the transfer under way stands. */
  #position = 0;
  #closed = false;

  constructor(
    transfers: Transfers,
    file: { path: VirtualPath; entry: Entry; signal: AbortSignal | undefined },
  ) {
    this.#transfers = transfers;
    this.#path = file.path;
    this.entry = file.entry;
    this.#signal = file.signal;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    if (target.length === 0) return 0;
    const { size } = this.entry;
    if (size !== null && position >= size && this.#transfer === null) return 0;
    const transfer = await this.#at(position, this.#signal);
    if (transfer === null) return 0;
    let filled = 0;
    try {
      while (filled < target.length) {
        const reading = transfer.channel.read(filled === 0 ? target : target.subarray(filled));
        const count = isPending(reading) ? await transfer.watch.during(reading) : reading;
        if (count === 0) break;
        filled += count;
        this.#position += count;
      }
      if (filled < target.length) await this.#complete(transfer);
    } catch (thrown) {
      return this.#fail(transfer, thrown, this.#signal);
    }
    return filled;
  }

  async copyTo(target: WriteHandle, options: CopyOptions): Promise<number> {
    const { start, length, signal = this.#signal } = options;
    const { size } = this.entry;
    if (length === 0 || (size !== null && start >= size && size > 0)) return 0;
    const transfer = await this.#at(start, signal);
    if (transfer === null) return 0;
    const stop = (): void => transfer.channel.destroy();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const wanted = length ?? Number.POSITIVE_INFINITY;
      const expected = size === null ? null : Math.min(wanted, Math.max(0, size - start));
      const moved = await receiveBytes({ transfer, options: { ...options, signal }, expected }, target);
      this.#position += moved;
      if (moved < wanted || this.#position === size) await this.#complete(transfer);
      return moved;
    } catch (thrown) {
      return await this.#fail(transfer, thrown, signal);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Stops what is under way; the connection stays usable. */
  async close(): Promise<void> {
    this.#closed = true;
    const transfer = this.#transfer;
    this.#transfer = null;
    await transfer?.abandon();
  }

  /** The transfer that stands at a position; null when the end lies there. */
  async #at(position: number, signal: AbortSignal | undefined): Promise<Transfer | null> {
    if (this.#closed) throw new WherryError('closed', 'The file was closed', { path: this.#path });
    const running = this.#transfer;
    if (running !== null) {
      if (position === this.#position) return running;
      if (position > this.#position && position - this.#position <= skippedAtMost) {
        const skipped = await this.read(Buffer.allocUnsafe(position - this.#position), this.#position);
        return skipped > 0 && this.#position === position ? this.#transfer : null;
      }
      this.#transfer = null;
      await running.abandon();
    }
    const { size } = this.entry;
    this.#position = position;
    this.#transfer = await this.#transfers.start({
      verb: 'RETR',
      argument: this.#path,
      direction: 'download',
      restart: position,
      action: 'read the file',
      path: this.#path,
      signal,
      ...(size === null ? {} : { expectedBytes: Math.max(0, size - position) }),
    });
    return this.#transfer;
  }

  /** The data has ended: is it all, and does the server say so too? */
  async #complete(transfer: Transfer): Promise<void> {
    const { size } = this.entry;
    await transfer.finish();
    this.#transfer = null;
    if (size !== null && this.#position < size) {
      throw new WherryError('truncated', `Only ${this.#position} of ${size} octets arrived`, {
        path: this.#path,
      });
    }
  }

  async #fail(transfer: Transfer, thrown: unknown, signal: AbortSignal | undefined): Promise<never> {
    this.#transfer = null;
    if (signal?.aborted === true) {
      await transfer.abandon();
      throw new WherryError('aborted', 'Cannot read the file: it was stopped', { path: this.#path });
    }
    return transfer.fail(toWherryError(thrown, 'read the file', this.#path));
  }
}
