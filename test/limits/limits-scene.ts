import type { TestContext } from 'node:test';
import { fixedAccounts } from '#accounts/index.ts';
import type { Account } from '#core/account.ts';
import type { Accounts } from '#core/authentication.ts';
import { isPending } from '#core/awaitable.ts';
import type { FileSystem } from '#core/file-system.ts';
import { noAccountLimits, type AccountLimits } from '#core/limits.ts';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { createServer, type ServerOptions, type WherryServer } from '#server/create-server.ts';
import { MemoryFileSystem } from '#storage/index.ts';

/** Limits of which a test gives only those that it is about. */
export type SomeLimits = Partial<AccountLimits>;

/** Accounts whose limits a test may change while they are logged in. */
export class LimitedAccounts implements Accounts {
  readonly #inner: Accounts;
  readonly #limits = new Map<string, AccountLimits>();
  readonly #accounts = new Map<string, Account>();
  readonly #listeners = new Set<(name: string, account: Account | null) => void>();

  constructor(names: readonly string[], fileSystem: FileSystem) {
    this.#inner = fixedAccounts(names.map((name) => ({ name, password, fileSystem })));
  }

  /** Sets an account's limits; sessions that run are told. */
  limit(name: string, limits: SomeLimits | null): void {
    if (limits === null) this.#limits.delete(name);
    else this.#limits.set(name, { ...noAccountLimits, ...limits });
    const account = this.#accounts.get(name);
    if (account === undefined) return;
    for (const listener of this.#listeners) listener(name, this.#withLimits(account));
  }

  /** The account is gone. */
  remove(name: string): void {
    for (const listener of this.#listeners) listener(name, null);
  }

  authenticate(...call: Parameters<Accounts['authenticate']>): ReturnType<Accounts['authenticate']> {
    const outcome = this.#inner.authenticate(...call);
    if (isPending(outcome) || outcome.outcome !== 'accepted') return outcome;
    this.#accounts.set(outcome.account.name, outcome.account);
    return { outcome: 'accepted', account: this.#withLimits(outcome.account) };
  }

  watch(listener: (name: string, account: Account | null) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #withLimits(account: Account): Account {
    return { ...account, limits: this.#limits.get(account.name) };
  }
}

/** The password of every account here. */
export const password = 'wonderland';

/** A server whose accounts have limits. */
export interface LimitsScene {
  readonly server: WherryServer;
  readonly accounts: LimitedAccounts;
  readonly fileSystem: FileSystem;
  readonly events: readonly ServerEvent[];
  port(protocol: 'ftp' | 'sftp' | 'tftp'): number;
}

/** Starts a server with `alice` and `bob` over one tree; it is closed with the test. */
export async function startLimited(
  t: Pick<TestContext, 'after'>,
  options: Partial<ServerOptions> & { readonly fileSystem?: FileSystem; readonly limits?: SomeLimits } = {},
): Promise<LimitsScene> {
  const { fileSystem = new MemoryFileSystem(), limits, ...rest } = options;
  const bus = options.events ?? new EventBus();
  const events: ServerEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const accounts = new LimitedAccounts(['alice', 'bob'], fileSystem);
  if (limits !== undefined) accounts.limit('alice', limits);
  const server = await createServer({
    accounts,
    passivePorts: [0, 0],
    ...rest,
    events: bus,
    timeouts: { failedLoginMs: 1, ...rest.timeouts },
    listen: { host: '127.0.0.1', ftp: 0, sftp: 0, ...rest.listen },
  });
  t.after(() => server.close({ graceMs: 0 }));
  return {
    server,
    accounts,
    fileSystem,
    events,
    port: (protocol) => {
      const found = server.listeners.find((listener) => listener.protocol === protocol);
      if (found === undefined) throw new Error(`Nothing listens for ${protocol}`);
      return found.port;
    },
  };
}
