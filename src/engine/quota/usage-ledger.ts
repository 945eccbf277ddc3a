import type { FileSystem } from '#core/file-system.ts';
import { AccountUsage, type UsageFacts } from './account-usage.ts';
import { MemoryUsageStore, type UsageStore } from './usage-store.ts';

export interface UsageLedgerOptions {
  /** Where usage is kept over restarts (default nowhere). */
  readonly store?: UsageStore | undefined;
  /** Milliseconds since 1970 (default the system's clock). */
  readonly now?: (() => number) | undefined;
  /** How often what has changed is written down (default 1000). */
  readonly saveIntervalMs?: number | undefined;
  /** Hears of a store that cannot be written; usage is then kept in memory until it can. */
  readonly onProblem?: ((thrown: unknown) => void) | undefined;
}

/**
 * What the accounts use of their quota and volume. Accounts without such limits are not in it and cost nothing.
 * Before the first change of files after a quiet moment the account is marked in the store, and a settled number is
 * written when it is quiet again; after a kill in between the tree is counted at the account's next change. Volumes
 * are written every second, so a kill loses at most one second of them.
 */
export class UsageLedger {
  readonly #store: UsageStore;
  readonly #now: () => number;
  readonly #saveIntervalMs: number;
  readonly #onProblem: (thrown: unknown) => void;
  readonly #open = new Map<string, AccountUsage>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: UsageLedgerOptions = {}) {
    this.#store = options.store ?? new MemoryUsageStore();
    this.#now = options.now ?? (() => Date.now());
    this.#saveIntervalMs = options.saveIntervalMs ?? 1000;
    this.#onProblem = options.onProblem ?? (() => undefined);
  }

  /** The usage of an account, to be closed by whoever opened it. */
  open(account: string): AccountUsage {
    let usage = this.#open.get(account);
    if (usage === undefined) {
      const kept = this.#store.load(account) ?? { account, bytes: 0, files: 0, settled: false };
      usage = new AccountUsage(kept, {
        store: this.#store,
        now: this.#now,
        onIdle: () => this.#open.delete(account),
      });
      this.#open.set(account, usage);
      this.#timer ??= setInterval(() => this.save(), this.#saveIntervalMs).unref();
    }
    return usage.acquire();
  }

  /** What an account uses, as far as it is known without counting. */
  facts(account: string): UsageFacts {
    const usage = this.open(account);
    try {
      return usage.facts;
    } finally {
      usage.close();
    }
  }

  /** Counts an account's tree anew, for what was changed by other ways than this server. */
  async rescan(account: string, tree: FileSystem, signal?: AbortSignal): Promise<UsageFacts> {
    const usage = this.open(account);
    try {
      return await usage.count(tree, signal);
    } finally {
      usage.close();
    }
  }

  /** Has an account's tree counted before it is changed again, because the account itself was changed. */
  distrust(account: string): void {
    const usage = this.#open.get(account);
    if (usage !== undefined) usage.distrust();
    else if (this.#store.load(account)?.settled === true) this.#store.mark(account);
  }

  /** Writes down what has changed. */
  save(): void {
    for (const usage of this.#open.values()) {
      try {
        usage.save();
      } catch (thrown) {
        this.#onProblem(thrown);
      }
    }
    if (this.#open.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Writes down everything, at the end. */
  close(): void {
    // Twice: what has changed since the last time counts as quiet only when nothing changes until the next.
    this.save();
    this.save();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
