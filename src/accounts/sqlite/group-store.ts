import { isDuplicateKey } from '#sqlite/sqlite-error.ts';
import { lookupAccountName, newAccountName } from '../account-name.ts';
import { Problems } from '../settings/problems.ts';
import {
  checkGroup,
  formatSettings,
  parseSettings,
  toGroupRecord,
  type GroupChanges,
  type GroupRecord,
  type NewGroup,
} from './account-record.ts';
import { missing, taken, type Store } from './store.ts';

/** Which page to list, in the order of the names. */
export interface ListOptions {
  /** Only names after this one. */
  readonly after?: string | undefined;
  /** At most so many (default 1000). */
  readonly limit?: number | undefined;
}

export const defaultPageLength = 1000;

/** The groups of a server. Every method throws `WherryError` only. */
export class GroupStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Adds a group; `exists` when there is one of that name, `name-invalid` and `invalid-argument` otherwise. */
  async add(group: NewGroup): Promise<GroupRecord> {
    const name = newAccountName(group.name, 'a group');
    const problems = new Problems();
    const checked = checkGroup(group, problems);
    problems.throwIfAny('add the group');
    const now = Date.now();
    const row = {
      name,
      comment: '',
      ...checked.columns,
      settings: formatSettings(checked.settings),
      created_at: now,
      changed_at: now,
    };
    return this.#store.read('add the group', async (database) => {
      try {
        return toGroupRecord(
          await database.insertInto('account_groups').values(row).returningAll().executeTakeFirstOrThrow(),
        );
      } catch (thrown) {
        throw isDuplicateKey(thrown) ? taken('group', name) : thrown;
      }
    });
  }

  /** Changes what `changes` names; `not-found` when there is no such group. */
  async set(name: string, changes: GroupChanges): Promise<GroupRecord> {
    const problems = new Problems();
    const checked = checkGroup(changes, problems);
    problems.throwIfAny('change the group');
    const found = lookupAccountName(name) ?? '';
    const record = await this.#store.write('change the group', async (transaction) => {
      const before = await transaction
        .updateTable('account_groups')
        .set({ ...checked.columns, changed_at: Date.now() })
        .where('name', '=', found)
        .returning('settings')
        .executeTakeFirst();
      if (before === undefined) throw missing('change', 'group', name);
      const settings = formatSettings({ ...parseSettings(before.settings), ...checked.settings });
      const row = await transaction
        .updateTable('account_groups')
        .set({ settings })
        .where('name', '=', found)
        .returningAll()
        .executeTakeFirstOrThrow();
      return toGroupRecord(row);
    });
    this.#store.changed(null);
    return record;
  }

  /** Removes a group, and its accounts from it; `not-found` when there is none of that name. */
  async remove(name: string): Promise<void> {
    const removed = await this.#store.read('remove the group', async (database) =>
      database
        .deleteFrom('account_groups')
        .where('name', '=', lookupAccountName(name) ?? '')
        .returning('name')
        .executeTakeFirst(),
    );
    if (removed === undefined) throw missing('remove', 'group', name);
    this.#store.changed(null);
  }

  /** The groups in the order of their names, a page at a time. */
  async list({ after = '', limit = defaultPageLength }: ListOptions = {}): Promise<readonly GroupRecord[]> {
    return this.#store.read('list the groups', async (database) => {
      const rows = await database
        .selectFrom('account_groups')
        .selectAll()
        .where('name', '>', after)
        .orderBy('name')
        .limit(limit)
        .execute();
      return rows.map((row) => toGroupRecord(row));
    });
  }

  /** The group of that name, or null. */
  async find(name: string): Promise<GroupRecord | null> {
    return this.#store.read('look up the group', async (database) => {
      const row = await database
        .selectFrom('account_groups')
        .selectAll()
        .where('name', '=', lookupAccountName(name) ?? '')
        .executeTakeFirst();
      return row === undefined ? null : toGroupRecord(row);
    });
  }

  /** The names of a group's accounts in their order, a page at a time. */
  async members(
    name: string,
    { after = '', limit = defaultPageLength }: ListOptions = {},
  ): Promise<readonly string[]> {
    return this.#store.read('list the accounts of the group', async (database) => {
      const rows = await database
        .selectFrom('account_memberships')
        .select('account_name')
        .where('group_name', '=', lookupAccountName(name) ?? '')
        .where('account_name', '>', after)
        .orderBy('account_name')
        .limit(limit)
        .execute();
      return rows.map((row) => row.account_name);
    });
  }
}
