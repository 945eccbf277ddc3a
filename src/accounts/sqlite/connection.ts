import type { SqliteDatabase, SqliteStatement } from 'kysely';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';
import { WherryError } from '#core/errors.ts';
import { createPrivateFile } from './private-file.ts';
import { fromSqlite } from './sqlite-error.ts';

/** Marks a SQLite file as wherry's account database ("Whry"), so that another program's is never written to. */
const applicationId = 0x57687279;
/** How long a statement waits for another connection's write. Writes take milliseconds; only workers share a file. */
const busyTimeoutMs = 2000;
/** Statements kept compiled; there are fewer than this in the program. */
const maximumStatements = 64;

/**
 * Opens the SQLite file and checks it before anything is written: another program's database, or a damaged one, is
 * refused as it is. Write-ahead log, and every commit forced to the disk (`synchronous=FULL`): accounts change
 * rarely, so the few milliseconds buy that no committed account is lost, by a kill or by a power cut.
 *
 * @throws WherryError `io` for a damaged file, `unavailable` for a foreign one, `busy`, `permission`, `not-found`
 */
export function openConnection(file: string): NodeSqliteConnection {
  const action = 'open the account database';
  createPrivateFile(file, 'the account database');
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    const isNew = refuseForeign(database);
    refuseDamaged(database);
    database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;');
    if (isNew) database.exec(`PRAGMA application_id=${applicationId}`);
    return new NodeSqliteConnection(database);
  } catch (thrown) {
    database?.close();
    throw fromSqlite(thrown, action);
  }
}

/** Whether the database is still empty and without an owner. */
function refuseForeign(database: DatabaseSync): boolean {
  const { application_id: id } = database.prepare('PRAGMA application_id').get() ?? {};
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() ?? {};
  if (id === applicationId) return false;
  if (tables === 0) return true;
  const reason = 'the file is the database of another program';
  throw new WherryError('unavailable', `Cannot open the account database: ${reason}`, { retryable: false });
}

function refuseDamaged(database: DatabaseSync): void {
  const { quick_check: verdict } = database.prepare('PRAGMA quick_check(1)').get() ?? {};
  if (verdict !== 'ok') throw new WherryError('io', 'Cannot open the account database: the file is damaged');
}

/** `node:sqlite` in the shape that Kysely's own SQLite dialect wants. */
export class NodeSqliteConnection implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, NodeSqliteStatement>();
  readonly #dataVersion: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#dataVersion = database.prepare('PRAGMA data_version');
  }

  prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = new NodeSqliteStatement(this.#database.prepare(sql));
    if (this.#statements.size < maximumStatements) this.#statements.set(sql, statement);
    return statement;
  }

  /** A number that differs from the last one when another connection has changed the database. */
  foreignVersion(): unknown {
    return this.#dataVersion.get()?.data_version;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

class NodeSqliteStatement implements SqliteStatement {
  readonly #statement: StatementSync;
  readonly reader: boolean;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...(parameters as SQLInputValue[]));
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(...(parameters as SQLInputValue[]));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...(parameters as SQLInputValue[]));
  }
}
