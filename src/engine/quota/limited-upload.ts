import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import type { Attributes, FileSystem, WriteHandle } from '#core/file-system.ts';
import { isWithin, type VirtualPath } from '#core/virtual-path.ts';
import type { AccountUsage } from './account-usage.ts';
import type { Amount } from './amount.ts';
import { amountOf, lostAmount, statOrNull, tooLarge } from './amounts.ts';

/**
 * Room left from which on octets may go straight into the file, claimed ahead of their arrival. With less, each
 * octet is claimed when it is there, so that claims of uploads that never fill them refuse nobody.
 */
const ampleBytes = 256 * 1024 * 1024;
/** As much as is claimed ahead at once. */
const largestClaimBytes = 4 * 1024 * 1024;

export interface LimitedUploadOptions {
  readonly path: VirtualPath;
  readonly largestFileBytes: number | null;
  /** What counts it; null where only the length is limited. */
  readonly usage: AccountUsage | null;
  readonly tree: FileSystem;
  /** What had the name when the upload began: only what it takes beyond that is claimed. */
  readonly before: Amount;
}

/** A file under way that takes its name at its end, and what it has claimed until then. */
export class LimitedUpload implements WriteHandle {
  readonly #inner: WriteHandle;
  readonly #options: LimitedUploadOptions;
  #path: VirtualPath;
  #size = 0;
  #claim: Amount;
  #open = true;

  constructor(inner: WriteHandle, options: LimitedUploadOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#path = options.path;
    options.usage?.uploads.add(this);
    this.#claim = { bytes: 0, files: 1 - options.before.files };
  }

  get initialSize(): number {
    return this.#inner.initialSize;
  }

  get fileDescriptor(): number | null {
    return this.#inner.fileDescriptor;
  }

  write(source: Uint8Array, position: number): Awaitable<void> {
    const end = position + source.length;
    if (end > this.#size) this.#resize(end);
    return this.#inner.write(source, position);
  }

  claim(end: number): number {
    const { usage, largestFileBytes } = this.#options;
    const longest = Math.min(end, largestFileBytes ?? end);
    if (usage === null) return longest;
    if (usage.bytesLeft < ampleBytes) return this.#size;
    const reach = Math.min(longest, this.#size + largestClaimBytes);
    this.#reserve(reach);
    return reach;
  }

  claimUsed(end: number): void {
    this.#size = Math.max(this.#size, end);
    this.#reserve(this.#size);
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    return this.#inner.read(target, position);
  }

  async truncate(size: number): Promise<void> {
    this.#resize(size);
    await this.#inner.truncate(size);
  }

  stat(): Awaitable<Entry> {
    return this.#inner.stat();
  }

  async setAttributes(attributes: Attributes): Promise<void> {
    if (attributes.size !== undefined) this.#resize(attributes.size);
    await this.#inner.setAttributes(attributes);
  }

  sync(): Awaitable<void> {
    return this.#inner.sync();
  }

  finish(): Awaitable<void> {
    const { usage, tree } = this.#options;
    if (usage === null) return this.#inner.finish();
    return usage.change(tree, async () => this.#publish(usage));
  }

  async abort(): Promise<void> {
    try {
      await this.#inner.abort();
    } finally {
      this.#release();
    }
  }

  /** A directory has moved, and this with it if it is to appear there. */
  moved(from: VirtualPath, to: VirtualPath): void {
    if (this.#path !== from && isWithin(this.#path, from))
      this.#path = `${to}${this.#path.slice(from.length)}` as VirtualPath;
  }

  /** Takes the name, unless what it replaces has become so much less that it does not fit any more. */
  async #publish(usage: AccountUsage): Promise<void> {
    const { tree } = this.#options;
    const path = this.#path;
    const entry = await statOrNull(tree, path);
    const replaced = amountOf(entry);
    this.#release();
    const growth: Amount = { bytes: Math.max(0, this.#size - replaced.bytes), files: 1 - replaced.files };
    try {
      usage.reserve(growth, path);
    } catch (thrown) {
      await this.#inner.abort();
      throw thrown;
    }
    try {
      await this.#inner.finish();
      const lost = lostAmount(usage, entry, path);
      usage.add({ bytes: this.#size - lost.bytes, files: 1 - lost.files });
    } finally {
      usage.release(growth);
    }
  }

  #resize(size: number): void {
    const { largestFileBytes, path } = this.#options;
    if (largestFileBytes !== null && size > largestFileBytes) throw tooLarge(largestFileBytes, path);
    this.#reserve(size);
    this.#size = size;
  }

  /** Brings the claim to what a file of this length takes. */
  #reserve(size: number): void {
    const { usage, before, path } = this.#options;
    if (usage === null) return;
    const bytes = Math.max(0, size - before.bytes);
    usage.reserve({ bytes: bytes - this.#claim.bytes, files: 0 }, path);
    this.#claim = { bytes, files: this.#claim.files };
  }

  #release(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#options.usage?.release(this.#claim);
    this.#options.usage?.uploads.delete(this);
    this.#options.usage?.leave();
  }
}
