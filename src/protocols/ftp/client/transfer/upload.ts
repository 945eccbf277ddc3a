import { isPending } from '#core/awaitable.ts';
import type { CopyOptions } from '#core/copy.ts';
import { bareEntry, type Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { Attributes, ReadHandle, WriteHandle } from '#core/file-system.ts';
import { nameOf, type VirtualPath } from '#core/virtual-path.ts';
import { sendBytes } from './move-bytes.ts';
import type { Transfer } from './transfer.ts';
import type { Transfers } from './transfers.ts';

/** What an upload does with the tree around it. */
export interface UploadTree {
  /** Gives what was uploaded its attributes and its name. */
  publish(attributes: Attributes): Promise<void>;
  /** Removes what was uploaded so far. */
  discard(): Promise<void>;
  /** @throws WherryError `not-supported` when attributes of this kind cannot be set */
  requireSettable(attributes: Attributes): void;
}

export interface UploadPlan {
  /** The name that is meant. */
  readonly path: VirtualPath;
  /** The name that is written to: another one, or the same. */
  readonly storedAs: VirtualPath;
  readonly initialSize: number;
  /** Whether what is there stays where nothing is written. */
  readonly inPlace: boolean;
  readonly signal: AbortSignal | undefined;
  readonly tree: UploadTree;
  /** What the file is to have in the end, where others write parts of it at the same time. */
  readonly finalSize?: number | undefined;
}

/** A gap up to here is filled with zeros. */
const zeros = Buffer.alloc(64 * 1024);

/**
 * A remote file to write. The transfer begins with the first write, at its position (REST, or APPE at the end), and
 * goes on from write to write; a position elsewhere ends it and begins another one.
 */
export class Upload implements WriteHandle {
  readonly initialSize: number;
  readonly fileDescriptor = null;
  readonly #transfers: Transfers;
  readonly #plan: UploadPlan;
  #transfer: Transfer | null = null;
  #position = 0;
  #size: number;
  /** Whether anything is at the server under the name that is written to. */
  #stored: boolean;
  /** Whether the next transfer is to empty the file. */
  #emptied = false;
  #attributes: Attributes = {};
  #over = false;

  constructor(transfers: Transfers, plan: UploadPlan) {
    this.#transfers = transfers;
    this.#plan = plan;
    this.initialSize = plan.initialSize;
    this.#size = plan.initialSize;
    this.#stored = plan.inPlace && plan.initialSize > 0;
  }

  async write(source: Uint8Array, position: number): Promise<void> {
    if (source.length === 0) return;
    const { signal } = this.#plan;
    const transfer = await this.#at(position, signal);
    try {
      const writing = transfer.channel.write(source);
      if (isPending(writing)) await transfer.watch.during(writing);
    } catch (thrown) {
      await this.#fail(transfer, thrown, signal);
    }
    this.#moved(source.length);
  }

  async copyFrom(source: ReadHandle, options: CopyOptions): Promise<number> {
    const { start, length, signal = this.#plan.signal } = options;
    if (length === 0) return 0;
    const transfer = await this.#at(start, signal);
    const stop = (): void => transfer.channel.destroy();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const { size } = source.entry;
      const expected = size === null ? null : Math.min(length ?? size, Math.max(0, size - start));
      const moved = await sendBytes({ transfer, options: { ...options, signal }, expected }, source);
      this.#moved(moved);
      // The server is told at once that this was all, so that its answer is there when it is waited for.
      if (length === undefined || moved < length) await transfer.watch.during(this.#end(transfer));
      return moved;
    } catch (thrown) {
      return await this.#fail(transfer, thrown, signal);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  read(): never {
    throw new WherryError('not-supported', 'FTP cannot read a file while it is written', {
      path: this.#plan.path,
    });
  }

  /** Only what changes nothing can be done. */
  async truncate(size: number): Promise<void> {
    if (size === this.#size) return;
    if (size !== 0)
      throw new WherryError('not-supported', 'FTP cannot cut a file', { path: this.#plan.path });
    await this.#finishTransfer();
    this.#emptied = true;
    await this.#begin(0, this.#plan.signal);
    this.#emptied = false;
  }

  stat(): Entry {
    return bareEntry(nameOf(this.#plan.path), 'file', { size: this.#size });
  }

  /** Takes effect with `finish`, because the server changes the time with every octet. */
  setAttributes(attributes: Attributes): void {
    this.#plan.tree.requireSettable(attributes);
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  async sync(): Promise<void> {
    // There is no command for it; the server confirms the whole file in `finish`.
    await Promise.resolve();
  }

  async finish(): Promise<void> {
    this.#requireOpen();
    try {
      if (!this.#stored) await this.#begin(0, this.#plan.signal);
      await this.#finishTransfer();
      await this.#plan.tree.publish(this.#attributes);
    } catch (thrown) {
      await this.abort();
      throw thrown;
    }
    this.#over = true;
  }

  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const transfer = this.#transfer;
    this.#transfer = null;
    const { inPlace, tree } = this.#plan;
    if (transfer !== null) {
      // What was written so far is to be kept, so it must arrive.
      if (inPlace) await this.#endQuietly(transfer);
      else await transfer.abandon();
    }
    if (!inPlace && this.#stored) await tree.discard();
  }

  async #at(position: number, signal: AbortSignal | undefined): Promise<Transfer> {
    this.#requireOpen();
    const running = this.#transfer;
    if (running === null) return this.#begin(position, signal);
    if (position > this.#position && position > this.#size) await this.#fill(running, position);
    if (position === this.#position) return running;
    await this.#finishTransfer();
    return this.#begin(position, signal);
  }

  async #begin(position: number, signal: AbortSignal | undefined): Promise<Transfer> {
    const { storedAs, path } = this.#plan;
    const from = Math.min(position, this.#size);
    if (this.#plan.finalSize !== undefined && this.#plan.inPlace && position > from) {
      // Zeros up to there would fall on what another connection writes meanwhile.
      throw new WherryError('invalid-range', 'FTP writes a file from its beginning or its end on', { path });
    }
    // Some servers throw away what STOR has brought when it breaks off; what APPE has brought they keep, also the first.
    const isFirst = this.#size === 0 && this.#plan.inPlace && !this.#emptied;
    const appends = from === this.#size && (from > 0 || isFirst);
    const request = {
      argument: storedAs,
      direction: 'upload' as const,
      action: 'write the file',
      path,
      signal,
      expectedBytes: this.#plan.finalSize,
    };
    const keepRest = this.#plan.inPlace && from === 0 && this.#size > 0 && !this.#emptied;
    const store = (): Promise<Transfer> =>
      this.#transfers.start({ ...request, verb: 'STOR', restart: from, keepRest });
    const append = (): Promise<Transfer> => this.#transfers.start({ ...request, verb: 'APPE' });
    const transfer = appends
      ? await (isFirst ? append().catch(unlessRefused(store)) : append())
      : await store();
    this.#transfer = transfer;
    this.#stored = true;
    this.#position = from;
    if (from === 0 && !keepRest) this.#size = 0;
    if (position > from) await this.#fill(transfer, position);
    return transfer;
  }

  async #fill(transfer: Transfer, position: number): Promise<void> {
    while (this.#position < position) {
      const part = zeros.subarray(0, Math.min(zeros.length, position - this.#position));
      const writing = transfer.channel.write(part);
      if (isPending(writing)) await transfer.watch.during(writing);
      this.#moved(part.length);
    }
  }

  #moved(count: number): void {
    this.#position += count;
    this.#size = Math.max(this.#size, this.#position);
  }

  readonly #ended = new WeakSet<Transfer>();

  async #end(transfer: Transfer): Promise<void> {
    if (this.#ended.has(transfer)) return;
    this.#ended.add(transfer);
    await transfer.channel.end();
  }

  async #finishTransfer(): Promise<void> {
    const transfer = this.#transfer;
    if (transfer === null) return;
    try {
      await transfer.watch.during(this.#end(transfer));
      await transfer.finish();
    } catch (thrown) {
      await this.#fail(transfer, thrown, this.#plan.signal);
    }
    this.#transfer = null;
  }

  async #endQuietly(transfer: Transfer): Promise<void> {
    try {
      await this.#end(transfer);
      await transfer.finish();
    } catch {
      await transfer.abandon();
    }
  }

  async #fail(transfer: Transfer, thrown: unknown, signal: AbortSignal | undefined): Promise<never> {
    this.#transfer = null;
    if (signal?.aborted === true) {
      await transfer.abandon();
      throw new WherryError('aborted', 'Cannot write the file: it was stopped', { path: this.#plan.path });
    }
    return transfer.fail(toWherryError(thrown, 'write the file', this.#plan.path));
  }

  #requireOpen(): void {
    if (this.#over) throw new WherryError('closed', 'The file was closed', { path: this.#plan.path });
  }
}

/** Does something else instead where the server has refused for good, as accounts may store and not append. */
function unlessRefused<T>(otherwise: () => Promise<T>): (thrown: unknown) => Promise<T> {
  return (thrown) => {
    const { reply = 0 } = thrown instanceof WherryError ? thrown : {};
    if (reply >= 500) return otherwise();
    throw thrown;
  };
}
