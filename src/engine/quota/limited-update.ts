import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import type { Attributes, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { AccountUsage } from './account-usage.ts';
import type { GrowingFile } from './growing-files.ts';
import { tooLarge } from './amounts.ts';

export interface LimitedUpdateOptions {
  readonly path: VirtualPath;
  readonly largestFileBytes: number | null;
  /** What counts it, and the file as it is counted; both null where only the length is limited. */
  readonly usage: AccountUsage | null;
  readonly file: GrowingFile | null;
}

/** A file that is written in place: what it grows by counts at once, whatever becomes of the transfer. */
export class LimitedUpdate implements WriteHandle {
  readonly #inner: WriteHandle;
  readonly #options: LimitedUpdateOptions;
  #open = true;

  constructor(inner: WriteHandle, options: LimitedUpdateOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  get initialSize(): number {
    return this.#inner.initialSize;
  }

  /** Octets that are counted pass through here: a count of the tree must be able to hold them up. */
  get fileDescriptor(): number | null {
    return this.#options.usage === null ? this.#inner.fileDescriptor : null;
  }

  write(source: Uint8Array, position: number): Awaitable<void> {
    return this.#change(() => {
      this.#grow(position + source.length);
      return this.#inner.write(source, position);
    });
  }

  claim(end: number): number {
    return Math.min(end, this.#options.largestFileBytes ?? end);
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    return this.#inner.read(target, position);
  }

  truncate(size: number): Awaitable<void> {
    return this.#change(() => {
      this.#resize(size);
      return this.#inner.truncate(size);
    });
  }

  stat(): Awaitable<Entry> {
    return this.#inner.stat();
  }

  setAttributes(attributes: Attributes): Awaitable<void> {
    const { size } = attributes;
    if (size === undefined) return this.#inner.setAttributes(attributes);
    return this.#change(() => {
      this.#resize(size);
      return this.#inner.setAttributes(attributes);
    });
  }

  sync(): Awaitable<void> {
    return this.#inner.sync();
  }

  finish(): Awaitable<void> {
    const { usage } = this.#options;
    if (usage === null) return this.#inner.finish();
    return usage.alone(() => this.#end(usage, () => this.#inner.finish()));
  }

  abort(): Awaitable<void> {
    const { usage } = this.#options;
    if (usage === null) return this.#inner.abort();
    return usage.alone(() => this.#end(usage, () => this.#inner.abort()));
  }

  #grow(end: number): void {
    const { file, largestFileBytes, path } = this.#options;
    if (largestFileBytes !== null && end > largestFileBytes) throw tooLarge(largestFileBytes, path);
    if (file !== null && end > file.size) this.#count(file, end);
  }

  #resize(size: number): void {
    const { file, largestFileBytes, path } = this.#options;
    if (largestFileBytes !== null && size > largestFileBytes) throw tooLarge(largestFileBytes, path);
    if (file !== null) this.#count(file, size);
  }

  #count(file: GrowingFile, size: number): void {
    const { usage, path } = this.#options;
    const change = size - file.size;
    if (!file.gone && change > 0) usage?.grow(change, path);
    if (!file.gone && change < 0) usage?.add({ bytes: change, files: 0 });
    file.size = size;
  }

  #change(work: () => Awaitable<void>): Awaitable<void> {
    const { usage } = this.#options;
    if (usage === null) return work();
    const { held } = usage;
    if (held !== undefined) return held.then(() => this.#change(work));
    const changing = work();
    return isPending(changing) ? usage.growing.write(() => changing) : changing;
  }

  /** What was counted and not written, after a full disk for one, is taken back. */
  async #end(usage: AccountUsage, work: () => Awaitable<void>): Promise<void> {
    const { file } = this.#options;
    let size: number | null = null;
    try {
      ({ size } = await this.#inner.stat());
    } finally {
      await work();
      if (file !== null && this.#open) {
        this.#open = false;
        if (size !== null && file.handles === 1) this.#settle(usage, file, size);
        usage.growing.close(file);
        usage.leave();
      }
    }
  }

  /** The file is as long as it is, also where that is more than the quota. */
  #settle(usage: AccountUsage, file: GrowingFile, size: number): void {
    if (!file.gone) usage.add({ bytes: size - file.size, files: 0 });
    file.size = size;
  }
}
