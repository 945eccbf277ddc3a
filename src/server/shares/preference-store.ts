import { WherryError } from '#core/errors.ts';
import type { PreferenceKeeper } from '#protocols/http/server/page/preference-keeper.ts';
import type { StateDatabase } from '../state/state-database.ts';

/** What the page may keep for one account. */
const maximumOctets = 256 * 1024;

/** What the page keeps for each account, in the state database. */
export class PreferenceStore implements PreferenceKeeper {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  load(account: string): Readonly<Record<string, unknown>> {
    const query = this.#database.sql
      .selectFrom('page_preferences')
      .select('content')
      .where('account', '=', account);
    const [row] = this.#database.all(query, 'read what the page keeps');
    return row === undefined ? {} : (JSON.parse(row.content) as Readonly<Record<string, unknown>>);
  }

  save(account: string, preferences: Readonly<Record<string, unknown>>): void {
    const content = JSON.stringify(preferences);
    if (Buffer.byteLength(content) > maximumOctets)
      throw new WherryError('too-large', 'Cannot keep it: the page keeps at most 256 KiB for an account');
    const row = { account, content, changed_at: Date.now() };
    const insert = this.#database.sql.insertInto('page_preferences').values(row);
    this.#database.run(
      insert.onConflict((conflict) =>
        conflict.column('account').doUpdateSet({ content, changed_at: row.changed_at }),
      ),
      'keep what the page wants',
    );
  }
}
