import type { Account } from '#core/account.ts';
import type { Accounts, LoginOutcome } from '#core/authentication.ts';
import { isPending } from '#core/awaitable.ts';
import type { FileSystem } from '#core/file-system.ts';

/** Gives accounts that have no tree of their own the server's. */
export function accountsWithStorage(accounts: Accounts, storage: FileSystem): Accounts {
  const settled = new WeakMap<Account, Account>();
  const settle = (outcome: LoginOutcome): LoginOutcome => {
    if (outcome.outcome !== 'accepted' || outcome.account.fileSystem !== null) return outcome;
    const known = settled.get(outcome.account);
    if (known !== undefined) return { outcome: 'accepted', account: known };
    const account: Account = Object.freeze({ ...outcome.account, fileSystem: storage });
    settled.set(outcome.account, account);
    return { outcome: 'accepted', account };
  };
  return {
    authenticate: (attempt, signal) => {
      const outcome = accounts.authenticate(attempt, signal);
      return isPending(outcome) ? outcome.then(settle) : settle(outcome);
    },
    close: () => accounts.close?.(),
  };
}
