import { Kysely, SqliteDialect } from 'kysely';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { Secret } from '#core/secret.ts';
import { lookupAccountName } from '../account-name.ts';
import type { Argon2Cost } from '../argon2/argon2id.ts';
import { defaultArgon2Cost, hashPassword } from '../argon2/argon2id.ts';
import { parsePhcString } from '../argon2/phc-string.ts';
import { maximumPasswordBytes, passwordBytes } from '../password-bytes.ts';
import type { AccountChanges, AccountRecord, NewAccount } from './account-record.ts';
import { changedColumns, newRow, toRecord } from './account-record.ts';
import type { NodeSqliteConnection } from './connection.ts';
import { openConnection } from './connection.ts';
import { migrate } from './migrations.ts';
import type { ProcessLock } from './process-lock.ts';
import { takeProcessLock } from './process-lock.ts';
import type { AccountTables } from './schema.ts';
import { fromSqlite, isDuplicateKey } from './sqlite-error.ts';

export interface OpenAccountDatabaseOptions {
  /**
   * Open it beside the process that holds it, for that process's own workers (default false: no other process may
   * have it open).
   */
  readonly shared?: boolean | undefined;
  /** What a new password hash costs (default {@link defaultArgon2Cost}). */
  readonly cost?: Argon2Cost | undefined;
}

/** An account with the hash of its password, for the one place that verifies it. */
export interface StoredAccount {
  readonly record: AccountRecord;
  readonly passwordHash: string | null;
}

/** Which page of the accounts to list, in the order of their names. */
export interface ListAccountsOptions {
  /** Only names after this one. */
  readonly after?: string | undefined;
  /** At most so many (default 1000). */
  readonly limit?: number | undefined;
}

const defaultPageLength = 1000;

/**
 * Opens the account database in a file that is made when there is none, and brings its schema up to date. The
 * directory must be there.
 *
 * @throws WherryError `busy` when another process has it open, `io` when the file is damaged, `unavailable` when
 *   it is another program's or a newer wherry's; the file is then left as it was
 */
export async function openAccountDatabase(
  file: string,
  options: OpenAccountDatabaseOptions = {},
): Promise<AccountDatabase> {
  const lock = options.shared === true ? null : takeProcessLock(file, 'the account database');
  let connection: NodeSqliteConnection | null = null;
  try {
    connection = openConnection(file);
    const database = new Kysely<AccountTables>({ dialect: new SqliteDialect({ database: connection }) });
    await migrate(database);
    return new AccountDatabase({ database, connection, lock, cost: options.cost ?? defaultArgon2Cost });
  } catch (thrown) {
    connection?.close();
    lock?.release();
    throw fromSqlite(thrown, 'open the account database');
  }
}

interface Parts {
  readonly database: Kysely<AccountTables>;
  readonly connection: NodeSqliteConnection;
  readonly lock: ProcessLock | null;
  readonly cost: Argon2Cost;
}

/** The accounts of a server; made by {@link openAccountDatabase}. Every method throws {@link WherryError} only. */
export class AccountDatabase {
  readonly #database: Kysely<AccountTables>;
  readonly #connection: NodeSqliteConnection;
  readonly #lock: ProcessLock | null;
  readonly #listeners = new Set<(name: string) => void>();
  #closed = false;
  /** What a new password hash costs. */
  readonly cost: Argon2Cost;

  constructor({ database, connection, lock, cost }: Parts) {
    this.#database = database;
    this.#connection = connection;
    this.#lock = lock;
    this.cost = cost;
  }

  /** Adds an account; `exists` when there is one of that name, `name-invalid` and `invalid-argument` otherwise. */
  async add(account: NewAccount): Promise<AccountRecord> {
    const checked = newRow(account, null, Date.now());
    const row = { ...checked, password_hash: await this.#hash(account.password ?? null) };
    const added = await this.#do('add the account', async () => {
      try {
        return await this.#database
          .insertInto('accounts')
          .values(row)
          .returningAll()
          .executeTakeFirstOrThrow();
      } catch (thrown) {
        if (!isDuplicateKey(thrown)) throw thrown;
        const reason = 'there is an account of that name';
        throw new WherryError('exists', `Cannot add the account "${printableName(row.name)}": ${reason}`);
      }
    });
    this.#changed(added.name);
    return toRecord(added);
  }

  /** Changes what `changes` names; `not-found` when there is no such account. */
  async set(name: string, changes: AccountChanges): Promise<AccountRecord> {
    const columns = changedColumns(changes);
    const hash = changes.password === undefined ? {} : { password_hash: await this.#hash(changes.password) };
    const row = await this.#do('change the account', async () =>
      this.#database
        .updateTable('accounts')
        .set({ ...columns, ...hash, changed_at: Date.now() })
        .where('name', '=', lookupAccountName(name) ?? '')
        .returningAll()
        .executeTakeFirst(),
    );
    if (row === undefined) throw missing('change', name);
    this.#changed(row.name);
    return toRecord(row);
  }

  /** Removes an account; `not-found` when there is none of that name. */
  async remove(name: string): Promise<void> {
    const row = await this.#do('remove the account', async () =>
      this.#database
        .deleteFrom('accounts')
        .where('name', '=', lookupAccountName(name) ?? '')
        .returning('name')
        .executeTakeFirst(),
    );
    if (row === undefined) throw missing('remove', name);
    this.#changed(row.name);
  }

  /** The accounts in the order of their names, a page at a time. */
  async list(options: ListAccountsOptions = {}): Promise<readonly AccountRecord[]> {
    return this.#do('list the accounts', async () => {
      const rows = await this.#database
        .selectFrom('accounts')
        .selectAll()
        .where('name', '>', options.after ?? '')
        .orderBy('name')
        .limit(options.limit ?? defaultPageLength)
        .execute();
      return rows.map(toRecord);
    });
  }

  /** The account of that name, or null. */
  async find(name: string): Promise<AccountRecord | null> {
    return (await this.findStored(name))?.record ?? null;
  }

  /** The account of that name with the hash of its password, or null; for logging in only. */
  async findStored(name: string): Promise<StoredAccount | null> {
    return this.#do('look up the account', async () => {
      const row = await this.#database
        .selectFrom('accounts')
        .selectAll()
        .where('name', '=', lookupAccountName(name) ?? '')
        .executeTakeFirst();
      return row === undefined ? null : { record: toRecord(row), passwordHash: row.password_hash };
    });
  }

  /**
   * Puts a hash of the same password made at another cost in the place of `from`. It is no change of the account:
   * nobody is told, and nothing happens when the hash has changed meanwhile.
   */
  async replaceHash(
    name: string,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<void> {
    await this.#do('renew the password hash', async () =>
      this.#database
        .updateTable('accounts')
        .set({ password_hash: to })
        .where('name', '=', name)
        .where('password_hash', '=', from)
        .execute(),
    );
  }

  /** Calls `listener` with the name of each account that is added, changed or removed here, until it is stopped. */
  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A value that differs from the last one when another process has changed the database. */
  foreignVersion(): unknown {
    if (this.#closed) throw closedError('look up the account');
    try {
      return this.#connection.foreignVersion();
    } catch (thrown) {
      throw fromSqlite(thrown, 'look up the account');
    }
  }

  /** Closes the database and gives the file free. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.clear();
    this.#connection.close();
    this.#lock?.release();
  }

  async #hash(password: AccountChanges['password'] & (object | null)): Promise<string | null> {
    if (password === null) return null;
    if (!(password instanceof Secret)) {
      parsePhcString(password.phcString);
      return password.phcString;
    }
    const octets = passwordBytes(password);
    if (octets.length === 0 || octets.length > maximumPasswordBytes) {
      const reason = `it must have 1 to ${maximumPasswordBytes} octets`;
      throw new WherryError('invalid-argument', `Cannot set the password: ${reason}`);
    }
    return hashPassword(octets, this.cost);
  }

  async #do<T>(action: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError(action);
    try {
      return await work();
    } catch (thrown) {
      throw this.#closed ? closedError(action) : fromSqlite(thrown, action);
    }
  }

  #changed(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }
}

function missing(verb: string, name: string): WherryError {
  return new WherryError('not-found', `Cannot ${verb} the account "${printableName(name)}": there is none`);
}

function closedError(action: string): WherryError {
  return new WherryError('closed', `Cannot ${action}: the account database is closed`);
}
