import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Account } from '#core/account.ts';
import type { LoginPlan } from '../login/login-plan.ts';

/** Hears what an account is now; null for one that is gone, disabled or expired. */
export type WatchListener = (name: string, account: Account | null) => void;

export interface WatchOptions {
  /** What an account is now; null when there is none that may log in. */
  load(name: string): Promise<LoginPlan | null>;
  now(): number;
  /** Looks whether another process has changed the database; calls {@link AccountWatch.changed} when one has. */
  poll(): void;
}

/** How long a change by another process may go unnoticed; a look costs a few microseconds. */
const pollIntervalMs = 1000;

/**
 * Accounts remembered: as many as there may be sessions by default, at some 200 octets each. Those whose login is the
 * longest past are forgotten first; it does no harm to tell of one that has no session any more.
 */
const maximumAccounts = 10_000;

interface HandedOut {
  /** Of what the account was made from, to tell a change that matters. */
  readonly digest: string;
  readonly expiresAt: number | null;
}

/** Tells running sessions of accounts that have changed or expired. */
export class AccountWatch {
  readonly #options: WatchOptions;
  readonly #listeners = new Set<WatchListener>();
  readonly #handedOut = new Map<string, HandedOut>();
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #running = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  add(listener: WatchListener): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#look(), pollIntervalMs).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** Takes down an account that a session holds from now on. */
  handOut({ account, digest, effective }: LoginPlan): void {
    if (this.#listeners.size === 0) return;
    this.#handedOut.delete(account.name);
    for (const oldest of this.#handedOut.keys()) {
      if (this.#handedOut.size < maximumAccounts) break;
      this.#handedOut.delete(oldest);
    }
    this.#handedOut.set(account.name, { digest, expiresAt: effective.settings.expiresAt });
  }

  /** Looks again at an account, or with null at all that sessions hold. */
  changed(name: string | null): void {
    if (name === null) for (const held of this.#handedOut.keys()) this.#waiting.add(held);
    else if (this.#handedOut.has(name)) this.#waiting.add(name);
    if (!this.#running && this.#waiting.size > 0) void this.#work();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#listeners.clear();
    this.#waiting.clear();
    this.#handedOut.clear();
  }

  #look(): void {
    const now = this.#options.now();
    for (const [name, { expiresAt }] of this.#handedOut) {
      if (expiresAt !== null && now >= expiresAt) this.#tell(name, null);
    }
    try {
      this.#options.poll();
    } catch {
      // A database that cannot be read changes nothing for who is logged in; logins tell of it.
    }
  }

  async #work(): Promise<void> {
    this.#running = true;
    // Changes come in bursts: a group with a thousand accounts, an import.
    await Promise.resolve();
    for (const name of this.#waiting) {
      this.#waiting.delete(name);
      await this.#refresh(name).catch(() => undefined);
      // The database answers at once: without a pause a thousand accounts would hold up everything else.
      await nextTurn();
    }
    this.#running = false;
  }

  async #refresh(name: string): Promise<void> {
    const held = this.#handedOut.get(name);
    if (held === undefined) return;
    const plan = await this.#options.load(name);
    const { expiresAt } = plan?.effective.settings ?? { expiresAt: null };
    if (plan === null || (expiresAt !== null && this.#options.now() >= expiresAt)) {
      this.#tell(name, null);
      return;
    }
    if (plan.digest === held.digest) return;
    this.handOut(plan);
    this.#tell(name, plan.account);
  }

  #tell(name: string, account: Account | null): void {
    if (account === null) this.#handedOut.delete(name);
    for (const listener of this.#listeners) listener(name, account);
  }
}
