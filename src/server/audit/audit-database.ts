import { Kysely, SqliteDialect, sql, type Generated } from 'kysely';
import { openConnection, type DatabaseKind, type NodeSqliteConnection } from '#sqlite/connection.ts';
import { fromSqlite } from '#sqlite/sqlite-error.ts';
import { checkQuery, pageLength, readCursor, type AuditPage, type AuditQuery } from './audit-query.ts';
import type { AuditOutcome, AuditRecord } from './audit-record.ts';

/** What was done ("WhrA"). The journal holds what a power cut could take from it. */
const auditDatabase: DatabaseKind = Object.freeze({
  what: 'the audit database',
  applicationId: 0x57687241,
  durability: 'normal',
});

interface AuditTables {
  readonly audit: AuditTable;
  readonly journal: JournalTable;
}

interface AuditTable {
  readonly id: Generated<number>;
  readonly time: number;
  readonly event: string;
  readonly outcome: AuditOutcome;
  readonly protocol: string | null;
  readonly account: string | null;
  readonly remote_address: string | null;
  readonly session: string | null;
  readonly path: string | null;
  readonly target: string | null;
  readonly bytes: number | null;
  readonly duration_ms: number | null;
  readonly sha256: string | null;
  readonly detail: string | null;
}

interface JournalTable {
  /** Always 1: there is one row. */
  readonly id: number;
  readonly file: number;
  readonly position: number;
}

/** How far the journal has been taken over. */
export interface JournalPosition {
  readonly file: number;
  /** Octets of it. */
  readonly position: number;
}

/** How much is kept. */
export interface AuditRetention {
  /** Milliseconds after which a record is forgotten. */
  readonly ageMs: number;
  /** Records at most; the oldest go first. */
  readonly records: number;
}

const insertColumns = [
  'time',
  'event',
  'outcome',
  'protocol',
  'account',
  'remote_address',
  'session',
  'path',
  'target',
  'bytes',
  'duration_ms',
  'sha256',
  'detail',
] as const;

const insertRecord = `INSERT INTO audit (${insertColumns.join(', ')}) VALUES (${insertColumns.map(() => '?').join(', ')})`;
/** Records that one statement forgets, so that nobody waits long for it. */
const forgottenAtOnce = 2000;

/** The table of the audit; belongs to one thread, and everything in it is done when a call returns. */
export class AuditDatabase {
  readonly #connection: NodeSqliteConnection;
  readonly #sql: Kysely<AuditTables>;

  /** @throws WherryError as `openConnection` */
  constructor(file: string) {
    this.#connection = openConnection(file, auditDatabase);
    this.#sql = new Kysely<AuditTables>({ dialect: new SqliteDialect({ database: this.#connection }) });
    this.#connection.exec(`
      CREATE TABLE IF NOT EXISTS audit (
        id integer PRIMARY KEY NOT NULL, time bigint NOT NULL, event text NOT NULL, outcome text NOT NULL,
        protocol text, account text, remote_address text, session text, path text, target text,
        bytes bigint, duration_ms bigint, sha256 text, detail text);
      CREATE INDEX IF NOT EXISTS audit_time ON audit (time);
      CREATE INDEX IF NOT EXISTS audit_account ON audit (account);
      CREATE INDEX IF NOT EXISTS audit_path ON audit (path) WHERE path IS NOT NULL;
      CREATE TABLE IF NOT EXISTS journal (id integer PRIMARY KEY NOT NULL, file bigint NOT NULL, position bigint NOT NULL);
    `);
  }

  /** How far the journal was taken over. */
  get position(): JournalPosition {
    const query = this.#sql.selectFrom('journal').select(['file', 'position']).compile();
    const [row] = this.#connection.prepare(query.sql).all(query.parameters) as JournalPosition[];
    return row ?? { file: 0, position: 0 };
  }

  /** When the newest record was written, by the order in which they came; null without any. */
  get newest(): number | null {
    const [row] = this.#connection.prepare('SELECT time FROM audit ORDER BY id DESC LIMIT 1').all([]) as {
      time: number;
    }[];
    return row?.time ?? null;
  }

  /** Adds records and notes how far the journal is taken over by that, in one commit. @throws WherryError */
  add(records: readonly AuditRecord[], { file, position }: JournalPosition): void {
    try {
      this.#connection.exec('BEGIN IMMEDIATE');
      try {
        const statement = this.#connection.prepare(insertRecord);
        for (const record of records) statement.run(toRow(record));
        this.#connection
          .prepare(
            'INSERT INTO journal (id, file, position) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET file = excluded.file, position = excluded.position',
          )
          .run([file, position]);
        this.#connection.exec('COMMIT');
      } catch (thrown) {
        this.#rollBack();
        throw thrown;
      }
    } catch (thrown) {
      throw fromSqlite(thrown, 'keep the audit');
    }
  }

  /** Looks for records. @throws WherryError `invalid-argument` */
  search(query: AuditQuery): AuditPage {
    checkQuery(query);
    const limit = pageLength(query);
    const cursor = readCursor(query);
    let rows = this.#sql
      .selectFrom('audit')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (cursor !== null) rows = rows.where('id', '<', cursor);
    if (query.from !== undefined) rows = rows.where('time', '>=', query.from);
    if (query.to !== undefined) rows = rows.where('time', '<', query.to);
    if (query.account !== undefined) rows = rows.where('account', '=', query.account);
    if (query.remoteAddress !== undefined) rows = rows.where('remote_address', '=', query.remoteAddress);
    if (query.protocol !== undefined) rows = rows.where('protocol', '=', query.protocol);
    if (query.session !== undefined) rows = rows.where('session', '=', query.session);
    if (query.events !== undefined) rows = rows.where('event', 'in', [...query.events]);
    if (query.outcomes !== undefined) rows = rows.where('outcome', 'in', [...query.outcomes]);
    if (query.pathGlob !== undefined) rows = rows.where(sql<boolean>`path GLOB ${query.pathGlob}`);
    if (query.pathPrefix !== undefined && query.pathPrefix !== '/') {
      const prefix = query.pathPrefix.replace(/\/+$/u, '');
      rows = rows.where((where) =>
        // "0" is the character behind "/", so this is everything that begins with the path and a slash.
        where.or([
          where('path', '=', prefix),
          where.and([where('path', '>=', `${prefix}/`), where('path', '<', `${prefix}0`)]),
        ]),
      );
    }
    const compiled = rows.compile();
    try {
      const found = this.#connection.prepare(compiled.sql).all(compiled.parameters) as FoundRow[];
      const records = found.slice(0, limit).map(fromRow);
      const last = records.at(-1);
      return { records, cursor: found.length > limit && last !== undefined ? String(last.id) : null };
    } catch (thrown) {
      throw fromSqlite(thrown, 'search the audit');
    }
  }

  /**
   * Forgets a bounded number of records that are too old or too many.
   *
   * @returns whether there may be more to forget
   */
  forget({ ageMs, records }: AuditRetention, now: number): boolean {
    try {
      const [newest] = this.#connection.prepare('SELECT max(id) AS id FROM audit').all([]) as {
        id: number | null;
      }[];
      const firstKept = (newest?.id ?? 0) - records;
      const doomed = '(SELECT id FROM audit WHERE id <= ? OR time < ? ORDER BY id LIMIT ?)';
      const { changes } = this.#connection
        .prepare(`DELETE FROM audit WHERE id IN ${doomed}`)
        .run([firstKept, now - ageMs, forgottenAtOnce]);
      return Number(changes) === forgottenAtOnce;
    } catch (thrown) {
      throw fromSqlite(thrown, 'forget what is old in the audit');
    }
  }

  close(): void {
    this.#connection.close();
  }

  #rollBack(): void {
    try {
      this.#connection.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }
}

type FoundRow = Omit<AuditTable, 'id'> & { readonly id: number };

function toRow(record: AuditRecord): unknown[] {
  return [
    record.time,
    record.event,
    record.outcome,
    record.protocol,
    record.account,
    record.remoteAddress,
    record.session,
    record.path,
    record.target,
    record.bytes,
    record.durationMs,
    record.sha256,
    record.detail,
  ];
}

function fromRow(row: FoundRow): AuditPage['records'][number] {
  const { remote_address: remoteAddress, duration_ms: durationMs, ...rest } = row;
  return { ...rest, protocol: rest.protocol as AuditRecord['protocol'], remoteAddress, durationMs };
}
