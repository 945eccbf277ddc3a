import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { AccountLimits } from '#core/limits.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { VolumeMeter } from '../limits/flow.ts';
import type { Amount } from './amount.ts';
import { countTree } from './count-tree.ts';
import { GrowingFiles } from './growing-files.ts';
import { Lane } from './lane.ts';
import type { UsageRecord, UsageStore, VolumeRecord } from './usage-store.ts';
import { Volumes } from './volumes.ts';

/** What an account uses at a moment, for administrators. */
export interface UsageFacts {
  readonly account: string;
  /** Octets and numbers of the files that are in place. */
  readonly bytes: number;
  readonly files: number;
  /** What uploads under way have claimed beyond that. */
  readonly reservedBytes: number;
  readonly reservedFiles: number;
  /** Whether the tree has been counted; before that the numbers mean nothing. */
  readonly counted: boolean;
  readonly volumes: readonly VolumeRecord[];
}

/**
 * What one account uses. Every octet of an upload is claimed before it is written, in one step and without waiting,
 * so that any number of uploads at once never go over the quota together. What changes names (an upload taking its
 * place, a delete, a rename) runs one after the other, between a look at what was there and the change, so that the
 * count follows the tree exactly.
 */
export class AccountUsage {
  readonly account: string;
  /** Uploads that are to take a name, and want to hear when the directory of that name moves. */
  readonly uploads = new Set<{ moved(from: VirtualPath, to: VirtualPath): void }>();
  /** Uploads that are written in place. */
  readonly growing = new GrowingFiles();
  readonly #store: UsageStore;
  readonly #volumes: Volumes;
  readonly #onIdle: (usage: AccountUsage) => void;
  readonly #lane = new Lane();
  #limits: AccountLimits | null = null;
  #bytes: number;
  #files: number;
  #counted: boolean;
  #reservedBytes = 0;
  #reservedFiles = 0;
  /** Whether the store says that the numbers may be behind the tree. */
  #marked: boolean;
  #open = 0;
  #counting: Promise<void> | null = null;
  #held: Promise<void> | undefined;
  #changes = 0;
  #users = 0;

  constructor(
    { account, bytes, files, settled }: UsageRecord,
    options: {
      readonly store: UsageStore;
      readonly now: () => number;
      readonly onIdle: (usage: AccountUsage) => void;
    },
  ) {
    this.account = account;
    this.#bytes = bytes;
    this.#files = files;
    this.#counted = settled;
    this.#marked = !settled;
    this.#store = options.store;
    this.#onIdle = options.onIdle;
    this.#volumes = new Volumes(account, options);
  }

  /** What holds for the account now. */
  get limits(): AccountLimits | null {
    return this.#limits;
  }

  set limits(limits: AccountLimits | null) {
    this.#limits = limits;
    this.#volumes.limits = limits?.volume ?? null;
  }

  /** Whether octets or files are limited. */
  get limitsStorage(): boolean {
    const { limits } = this;
    return limits !== null && (limits.quotaBytes !== null || limits.quotaFiles !== null);
  }

  /** Counts what is moved in a day and a month; null where that is not limited. */
  get volume(): VolumeMeter | null {
    return this.#volumes.limited ? this.#volumes : null;
  }

  get facts(): UsageFacts {
    return {
      account: this.account,
      bytes: this.#bytes,
      files: this.#files,
      reservedBytes: this.#reservedBytes,
      reservedFiles: this.#reservedFiles,
      counted: this.#counted,
      volumes: this.#volumes.records(),
    };
  }

  /** Octets that the quota leaves; infinite without one. */
  get bytesLeft(): number {
    const quota = this.limits?.quotaBytes ?? null;
    return quota === null ? Number.POSITIVE_INFINITY : quota - this.#bytes - this.#reservedBytes;
  }

  /** Files that the quota leaves; infinite without one. */
  get filesLeft(): number {
    const quota = this.limits?.quotaFiles ?? null;
    return quota === null ? Number.POSITIVE_INFINITY : quota - this.#files - this.#reservedFiles;
  }

  /** A session begins to use it. */
  acquire(): this {
    this.#users += 1;
    return this;
  }

  /** A session uses it no longer. */
  close(): void {
    this.#users -= 1;
  }

  /** Whether nobody uses it, and everything is kept. */
  get idle(): boolean {
    return this.#users === 0 && this.#quiet && !this.#volumes.changed && (!this.#marked || !this.#counted);
  }

  /** Claims what an upload is about to take. @throws WherryError `quota`, and nothing is claimed then */
  reserve({ bytes, files }: Amount, path: string): void {
    if (bytes > 0 && bytes > this.bytesLeft) {
      throw new WherryError('quota', 'The quota of octets is used up', { path });
    }
    if (files > 0 && files > this.filesLeft) {
      throw new WherryError('quota', 'The quota of files is used up', { path });
    }
    this.#reservedBytes += bytes;
    this.#reservedFiles += files;
  }

  /** Gives back a claim. */
  release({ bytes, files }: Amount): void {
    this.#reservedBytes -= bytes;
    this.#reservedFiles -= files;
  }

  /** A file in place is about to grow. @throws WherryError `quota`, and nothing is counted then */
  grow(bytes: number, path: string): void {
    if (bytes <= 0) return;
    if (bytes > this.bytesLeft) throw new WherryError('quota', 'The quota of octets is used up', { path });
    this.add({ bytes, files: 0 });
  }

  /** What is in place has changed by so much; negative for what is gone. */
  add({ bytes, files }: Amount): void {
    this.#changes += 1;
    this.#bytes = Math.max(0, this.#bytes + bytes);
    this.#files = Math.max(0, this.#files + files);
  }

  /** Runs a step that changes names alone, once the tree has been counted; it settles when the step does. */
  async change<Result>(tree: FileSystem, step: () => Promise<Result>): Promise<Result> {
    await this.prepare(tree);
    return this.alone(step);
  }

  /** As {@link change}, for what has been counted already. */
  alone<Result>(step: () => Promise<Result>): Promise<Result> {
    return this.#lane.alone(async () => {
      this.#mark();
      return step();
    });
  }

  /** Makes sure that the tree has been counted, and that a kill from now on would have it counted again. */
  async prepare(tree: FileSystem): Promise<void> {
    if (!this.#counted) await this.count(tree);
    this.#mark();
  }

  /** An upload begins; until {@link leave} the numbers in the store do not count. */
  enter(): void {
    this.#mark();
    this.#open += 1;
  }

  leave(): void {
    this.#open -= 1;
    this.#changes += 1;
  }

  /** Settles when files may be written in place again; undefined when they may. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  /** Runs a step that must not see files grow in place; for steps that run alone. */
  async holding<Result>(step: () => Promise<Result>): Promise<Result> {
    let free: () => void = () => undefined;
    this.#held = new Promise((resolve) => {
      free = resolve;
    });
    try {
      await this.growing.quiet();
      return await step();
    } finally {
      this.#held = undefined;
      free();
    }
  }

  /** Has the tree counted before it is changed again: it may be another one by now. */
  distrust(): void {
    this.#mark();
    this.#counted = false;
  }

  /**
   * Counts the tree and takes the outcome for what is used. Changes of names and growth of files in place wait until
   * it is done; uploads under another name go on.
   */
  async count(tree: FileSystem, signal?: AbortSignal): Promise<UsageFacts> {
    this.#counting ??= this.#lane
      .alone(async () => {
        this.#mark();
        await this.holding(async () => {
          const { bytes, files } = await countTree(tree, signal);
          this.#bytes = bytes;
          this.#files = files;
        });
        this.#counted = true;
        this.#changes += 1;
      })
      .finally(() => {
        this.#counting = null;
      });
    await this.#counting;
    return this.facts;
  }

  /**
   * Writes down what is to be kept. When nothing has changed since the last time and no upload runs, the numbers are
   * kept as good; else they stay marked, and a kill has the tree counted again.
   */
  save(): void {
    this.#volumes.save();
    const quiet = this.#quiet && this.#changes === 0;
    this.#changes = 0;
    if (quiet && this.#marked && this.#counted) {
      this.#store.settle({ account: this.account, bytes: this.#bytes, files: this.#files });
      this.#marked = false;
    }
    if (this.idle) this.#onIdle(this);
  }

  get #quiet(): boolean {
    return this.#open === 0 && !this.#lane.busy;
  }

  #mark(): void {
    if (this.#marked) return;
    this.#store.mark(this.account);
    this.#marked = true;
  }
}
