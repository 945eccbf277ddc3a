import type { Kysely, Transaction } from 'kysely';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { fromSqlite } from '#sqlite/sqlite-error.ts';
import type { AccountTables } from './schema.ts';

/** Hears of an account that was added, changed or removed; null when any account may be another now. */
export type ChangeListener = (name: string | null) => void;

/** What the parts of the account database share: the connection, its errors, and who hears of changes. */
export class Store {
  readonly #database: Kysely<AccountTables>;
  readonly #listeners = new Set<ChangeListener>();
  #closed = false;

  constructor(database: Kysely<AccountTables>) {
    this.#database = database;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }

  /** Does `work`, and throws {@link WherryError} only. */
  async read<T>(action: string, work: (database: Kysely<AccountTables>) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError(action);
    try {
      return await work(this.#database);
    } catch (thrown) {
      throw this.#closed ? closedError(action) : fromSqlite(thrown, action);
    }
  }

  /**
   * Does `work` in one transaction, all of it or nothing. Its first statement must write: a transaction that reads
   * first is refused when another connection has written meanwhile.
   */
  async write<T>(action: string, work: (transaction: Transaction<AccountTables>) => Promise<T>): Promise<T> {
    return this.read(action, async (database) => database.transaction().execute(work));
  }

  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells that an account is another now, or with null that any may be. */
  changed(name: string | null): void {
    for (const listener of this.#listeners) listener(name);
  }
}

/** The error for what is not there. */
export function missing(verb: string, what: string, name: string): WherryError {
  return new WherryError(
    'not-found',
    `Cannot ${verb} the ${what} "${printableName(name.slice(0, longestShown))}": there is none`,
  );
}

/** The error for a name that is taken. */
export function taken(what: string, name: string): WherryError {
  const reason = `there is ${/^[aeiou]/u.test(what) ? 'an' : 'a'} ${what} of that name`;
  return new WherryError('exists', `Cannot add the ${what} "${printableName(name)}": ${reason}`);
}

const longestShown = 255;

export function closedError(action: string): WherryError {
  return new WherryError('closed', `Cannot ${action}: the account database is closed`);
}
