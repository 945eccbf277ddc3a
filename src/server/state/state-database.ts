import { readFileSync } from 'node:fs';
import { Kysely, SqliteDialect, type CompiledQuery } from 'kysely';
import { openConnection, type DatabaseKind, type NodeSqliteConnection } from '#sqlite/connection.ts';
import { takeProcessLock, type ProcessLock } from '#sqlite/process-lock.ts';
import { fromSqlite } from '#sqlite/sqlite-error.ts';
import { WherryError } from '#core/errors.ts';
import { stateMigrations } from './state-migrations.ts';
import type { StateTables } from './state-schema.ts';

/**
 * Bans, usage and what hooks have still to be told ("WhrS"). A commit costs no wait for the disk: it is made on the
 * main thread, and a killed process loses nothing by it. After a power cut usage is counted anew.
 */
const stateDatabase: DatabaseKind = Object.freeze({
  what: 'the state database',
  applicationId: 0x57687253,
  durability: 'normal',
});

/** Something that Kysely can put into SQL. */
interface Compilable {
  compile(): CompiledQuery;
}

/**
 * Opens the file in which a server keeps what is no account, and brings its schema up to date; made when there is
 * none. The directory must be there.
 *
 * @throws WherryError `busy` when another process has it open, `io` when it is damaged, `unavailable` when it is
 *   another program's or a newer wherry's
 */
export function openStateDatabase(file: string): StateDatabase {
  const lock = takeProcessLock(file, stateDatabase.what);
  let connection: NodeSqliteConnection | null = null;
  try {
    connection = openConnection(file, stateDatabase);
    return new StateDatabase(connection, lock);
  } catch (thrown) {
    connection?.close();
    lock.release();
    throw fromSqlite(thrown, `open ${stateDatabase.what}`);
  }
}

/**
 * SQL that is answered before the call returns: what it keeps is small, and its callers must know that a mark is
 * written before they go on. Kysely makes the statements; nothing of it waits.
 */
export class StateDatabase {
  /** Makes statements for {@link run} and {@link all}. */
  readonly sql: Kysely<StateTables>;
  /** Whether the machine went down, or may have, since the last run: commits of its last moments may be missing. */
  readonly afterPowerCut: boolean;
  readonly #connection: NodeSqliteConnection;
  readonly #lock: ProcessLock;
  #closed = false;

  constructor(connection: NodeSqliteConnection, lock: ProcessLock) {
    this.#connection = connection;
    this.#lock = lock;
    this.sql = new Kysely<StateTables>({ dialect: new SqliteDialect({ database: connection }) });
    this.#migrate();
    this.afterPowerCut = this.#beginRun();
  }

  /** Runs a statement; `action` says what cannot be done when it fails. @throws WherryError */
  run(statement: Compilable, action: string): void {
    this.#do(action, () => {
      const { sql, parameters } = statement.compile();
      this.#connection.prepare(sql).run(parameters);
    });
  }

  /** Runs a query and gives its rows. @throws WherryError */
  all<Row>(query: Compilable & { compile(): CompiledQuery<Row> }, action: string): readonly Row[] {
    return this.#do(action, () => {
      const { sql, parameters } = query.compile();
      return this.#connection.prepare(sql).all(parameters) as Row[];
    });
  }

  /** Runs several statements as one commit, or none of them. @throws WherryError */
  transaction(action: string, work: () => void): void {
    this.#do(action, () => {
      this.#connection.exec('BEGIN IMMEDIATE');
      try {
        work();
        this.#connection.exec('COMMIT');
      } catch (thrown) {
        rollBack(this.#connection);
        throw thrown;
      }
    });
  }

  /** Notes that the run ends as it should, and gives the file free. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    try {
      this.run(this.sql.updateTable('runs').set({ clean: 1 }), 'end the run');
    } finally {
      this.#closed = true;
      this.#connection.close();
      this.#lock.release();
    }
  }

  #do<Result>(action: string, work: () => Result): Result {
    if (this.#closed) throw new WherryError('closed', `Cannot ${action}: the state database is closed`);
    try {
      return work();
    } catch (thrown) {
      throw fromSqlite(thrown, action);
    }
  }

  #migrate(): void {
    const connection = this.#connection;
    connection.exec(
      'CREATE TABLE IF NOT EXISTS schema_versions (version integer PRIMARY KEY NOT NULL, applied_at bigint NOT NULL)',
    );
    const [newest] = connection.prepare('SELECT max(version) AS version FROM schema_versions').all([]) as {
      version: number | null;
    }[];
    const from = newest?.version ?? 0;
    if (from > stateMigrations.length) {
      const reason = `its schema is version ${from} and this program knows ${stateMigrations.length}`;
      throw new WherryError('unavailable', `Cannot open the state database: ${reason}`, { retryable: false });
    }
    for (const [index, statements] of stateMigrations.slice(from).entries()) {
      this.transaction('bring the state database up to date', () => {
        for (const statement of statements(this.sql)) connection.exec(statement.compile().sql);
        const row = { version: from + index + 1, applied_at: Date.now() };
        this.run(this.sql.insertInto('schema_versions').values(row), 'note the version');
      });
    }
  }

  /** Notes that a run has begun, and tells whether the last one was cut off together with the machine. */
  #beginRun(): boolean {
    const bootId = currentBootId();
    const [last] = this.all(this.sql.selectFrom('runs').selectAll(), 'look at the last run');
    const row = { id: 1, boot_id: bootId, clean: 0 };
    const insert = this.sql.insertInto('runs').values(row);
    this.run(
      insert.onConflict((conflict) => conflict.column('id').doUpdateSet({ boot_id: bootId, clean: 0 })),
      'begin the run',
    );
    return last !== undefined && last.clean === 0 && (bootId === '' || last.boot_id !== bootId);
  }
}

function rollBack(connection: NodeSqliteConnection): void {
  try {
    connection.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself, as it does when the disk is full.
  }
}

/** Linux gives each start of the machine a name. */
function currentBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
