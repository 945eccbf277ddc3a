import { lookupAccountName } from '../account-name.ts';
import type { AccountRecord, GroupRecord } from './account-record.ts';
import { toAccountRecord, toGroupRecord } from './account-record.ts';
import type { Store } from './store.ts';

/** An account with its groups and its proofs, for the one place that verifies them. */
export interface StoredAccount {
  readonly record: AccountRecord;
  /** In the order in which they are asked. */
  readonly groups: readonly GroupRecord[];
  readonly passwordHash: string | null;
  readonly informationHash: string | null;
}

/** What logging in reads and writes. None of what it writes is a change of the account: nobody is told of it. */
export class LoginStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The account of that name, or null. The same statements run whether there is one or not. */
  async find(name: string): Promise<StoredAccount | null> {
    const found = lookupAccountName(name) ?? '';
    return this.#store.read('look up the account', async (database) => {
      const row = await database
        .selectFrom('accounts')
        .selectAll()
        .where('name', '=', found)
        .executeTakeFirst();
      const rows = await database
        .selectFrom('account_memberships')
        .innerJoin('account_groups', 'account_groups.name', 'account_memberships.group_name')
        .selectAll('account_groups')
        .where('account_memberships.account_name', '=', found)
        .orderBy('account_memberships.place')
        .execute();
      if (row === undefined) return null;
      const groups = rows.map((group) => toGroupRecord(group));
      return {
        record: toAccountRecord(
          row,
          groups.map((group) => group.name),
        ),
        groups,
        passwordHash: row.password_hash,
        informationHash: row.information_hash,
      };
    });
  }

  /**
   * Puts another hash of the same password in the place of `from`. Nothing happens when the hash has changed
   * meanwhile.
   */
  async replaceHash(
    name: string,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<void> {
    await this.#store.read('renew the password hash', async (database) =>
      database
        .updateTable('accounts')
        .set({ password_hash: to })
        .where('name', '=', name)
        .where('password_hash', '=', from)
        .execute(),
    );
  }
}
