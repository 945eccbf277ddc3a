import type { SqliteDatabase, SqliteStatement } from 'kysely';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';
import { WherryError } from '#core/errors.ts';
import { createPrivateFile } from './private-file.ts';
import { fromSqlite } from './sqlite-error.ts';

/** What a SQLite file is for, and how it is kept. */
export interface DatabaseKind {
  /** In words for messages: "the account database". */
  readonly what: string;
  /** Marks the file as this kind of wherry's, so that another program's is never written to. */
  readonly applicationId: number;
  /**
   * `full` forces every commit to the disk. `normal` leaves that to the kernel: a killed process loses nothing, a
   * power cut may lose the last commits and nothing else.
   */
  readonly durability: 'full' | 'normal';
}

/** How long a statement waits for another connection's write. Writes take milliseconds; only workers share a file. */
const busyTimeoutMs = 2000;
/** Statements kept compiled; there are fewer than this in the program. */
const maximumStatements = 64;

/**
 * Opens the SQLite file and checks it before anything is written: another program's database, or a damaged one, is
 * refused as it is. It is kept with a write-ahead log.
 *
 * @throws WherryError `io` for a damaged file, `unavailable` for a foreign one, `busy`, `permission`, `not-found`
 */
export function openConnection(file: string, kind: DatabaseKind): NodeSqliteConnection {
  const { what, applicationId, durability } = kind;
  createPrivateFile(file, what);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    const isNew = refuseForeign(database, kind);
    refuseDamaged(database, kind);
    database.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${durability}; PRAGMA foreign_keys=ON;`);
    if (isNew) database.exec(`PRAGMA application_id=${applicationId}`);
    return new NodeSqliteConnection(database);
  } catch (thrown) {
    database?.close();
    throw fromSqlite(thrown, `open ${what}`);
  }
}

/** Whether the database is still empty and without an owner. */
function refuseForeign(database: DatabaseSync, { what, applicationId }: DatabaseKind): boolean {
  const { application_id: id } = database.prepare('PRAGMA application_id').get() ?? {};
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() ?? {};
  if (id === applicationId) return false;
  if (tables === 0) return true;
  throw new WherryError('unavailable', `Cannot open ${what}: the file is the database of another program`, {
    retryable: false,
  });
}

function refuseDamaged(database: DatabaseSync, { what }: DatabaseKind): void {
  const { quick_check: verdict } = database.prepare('PRAGMA quick_check(1)').get() ?? {};
  if (verdict !== 'ok') throw new WherryError('io', `Cannot open ${what}: the file is damaged`);
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

  /** Runs statements that give nothing back. */
  exec(sql: string): void {
    this.#database.exec(sql);
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
