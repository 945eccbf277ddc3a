import type { Account } from '#core/account.ts';
import type { Accounts, LoginOutcome } from '#core/authentication.ts';
import { isPending } from '#core/awaitable.ts';
import type { FileSystem } from '#core/file-system.ts';

/** Gives accounts that have no tree of their own the server's. */
export function accountsWithStorage(accounts: Accounts, storage: FileSystem): Accounts {
  const settled = new WeakMap<Account, Account>();
  const withStorage = (account: Account): Account => {
    if (account.fileSystem !== null) return account;
    const known = settled.get(account) ?? Object.freeze({ ...account, fileSystem: storage });
    settled.set(account, known);
    return known;
  };
  const settle = (outcome: LoginOutcome): LoginOutcome =>
    outcome.outcome === 'accepted' ? { outcome: 'accepted', account: withStorage(outcome.account) } : outcome;
  return {
    authenticate: (attempt, signal) => {
      const outcome = accounts.authenticate(attempt, signal);
      return isPending(outcome) ? outcome.then(settle) : settle(outcome);
    },
    watch: (listener) =>
      accounts.watch?.((name, account) => {
        listener(name, account === null ? null : withStorage(account));
      }) ?? (() => undefined),
    lookup: async (name) => {
      const found = (await accounts.lookup?.(name)) ?? null;
      return found === null ? null : withStorage(found);
    },
    close: () => accounts.close?.(),
  };
}
