import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { toWherryError } from '#core/errors.ts';
import {
  priorities,
  type Direction,
  type Job,
  type JobOptions,
  type JobState,
  type NewJob,
  type Route,
} from './job.ts';
import { storedText, textFromStored } from './stored-text.ts';

/** What is written of a job while it goes on. */
export type JobChange = Partial<
  Pick<
    Job,
    | 'to'
    | 'options'
    | 'state'
    | 'priority'
    | 'startedAt'
    | 'endedAt'
    | 'bytes'
    | 'total'
    | 'error'
    | 'errorCode'
    | 'failures'
    | 'notBefore'
    | 'route'
    | 'verified'
  >
>;

const columns: Readonly<Record<keyof JobChange, string>> = {
  to: 'to_address',
  options: 'options',
  state: 'state',
  priority: 'priority',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  bytes: 'bytes',
  total: 'total',
  error: 'error',
  errorCode: 'error_code',
  failures: 'failures',
  notBefore: 'not_before',
  route: 'route',
  verified: 'verified',
};

/** Values that a column keeps in another form. */
const stored: { readonly [Field in keyof JobChange]?: (value: never) => SQLInputValue } = {
  to: storedText,
  options: (value: JobOptions) => JSON.stringify(value),
  priority: (value: Job['priority']) => priorities.indexOf(value),
  verified: (value: boolean | null) => (value === null ? null : Number(value)),
};

const schema = `
  CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    from_address TEXT NOT NULL,
    to_address TEXT NOT NULL,
    priority INTEGER NOT NULL,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    added_at REAL NOT NULL,
    started_at REAL,
    ended_at REAL,
    bytes REAL NOT NULL DEFAULT 0,
    total REAL,
    error TEXT,
    error_code TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    not_before REAL
  ) STRICT;
`;

/** Columns that files of earlier versions lack. */
const laterColumns: Readonly<Record<string, string>> = {
  place: 'REAL',
  route: 'TEXT',
  verified: 'INTEGER',
};

/** The order of the queue: a job that was moved has a place of its own, the others that of their number. */
const order = 'priority, coalesce(place, id), id';

const indexes = `
  DROP INDEX IF EXISTS job_next;
  CREATE INDEX IF NOT EXISTS job_order ON job (state, ${order});
  CREATE INDEX IF NOT EXISTS job_moment ON job (state, not_before);
`;

/** Jobs of a direction, by the slash that local addresses begin with. */
const inDirection: Readonly<Record<Direction, string>> = {
  upload: `(substr(from_address, 1, 1) = '/' AND substr(to_address, 1, 1) <> '/')`,
  download: `(substr(from_address, 1, 1) <> '/' AND substr(to_address, 1, 1) = '/')`,
  between: `((substr(from_address, 1, 1) = '/') = (substr(to_address, 1, 1) = '/'))`,
};

/** Another program may be writing; it does so for a moment. */
const busyTimeoutMs = 5000;

/** The jobs of a queue in a file of SQLite, or in memory. */
export class JobStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param file `:memory:` for a queue that goes with the program */
  constructor(file: string) {
    try {
      if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      this.#database = new DatabaseSync(file, { timeout: busyTimeoutMs });
      // Addresses tell where somebody's files are.
      if (file !== ':memory:') chmodSync(file, 0o600);
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      this.#database.exec(schema);
      this.#addLaterColumns();
      this.#database.exec(indexes);
    } catch (error) {
      throw toWherryError(error, 'open the transfer queue');
    }
  }

  add({ from, to, priority = 'normal', options = {}, paused = false, total }: NewJob): Job {
    const { lastInsertRowid } = this.#statement(
      'INSERT INTO job (from_address, to_address, priority, options, state, added_at, total) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).run(
      storedText(from),
      storedText(to),
      priorities.indexOf(priority),
      JSON.stringify(options),
      paused ? 'paused' : 'waiting',
      Date.now(),
      total ?? null,
    );
    return this.#require(Number(lastInsertRowid));
  }

  /** Adds several at once: all of them, or none. */
  addAll(jobs: readonly NewJob[]): readonly Job[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const added = jobs.map((job) => this.add(job));
      this.#database.exec('COMMIT');
      return added;
    } catch (thrown) {
      this.#database.exec('ROLLBACK');
      throw thrown;
    }
  }

  get(id: number): Job | null {
    const row = this.#statement('SELECT * FROM job WHERE id = ?').get(id);
    return row === undefined ? null : jobOf(row);
  }

  /** In the order in which they would be done. */
  list(states?: readonly JobState[]): readonly Job[] {
    const rows = this.#statement(`SELECT * FROM job ORDER BY ${order}`).all();
    return rows.map(jobOf).filter(({ state }) => states === undefined || states.includes(state));
  }

  /** The next job to do, of those that may be begun by now and whose direction is not held back. */
  next(now: number, heldBack: readonly Direction[] = []): Job | null {
    const others = heldBack.map((direction) => ` AND NOT ${inDirection[direction]}`).join('');
    const row = this.#statement(
      `SELECT * FROM job WHERE state = 'waiting' AND (not_before IS NULL OR not_before <= ?)${others} ORDER BY ${order} LIMIT 1`,
    ).get(now);
    return row === undefined ? null : jobOf(row);
  }

  /** When the first of those that have to wait may be begun; null where none has to. */
  nextMoment(now: number): number | null {
    const row = this.#statement(
      `SELECT min(not_before) AS moment FROM job WHERE state = 'waiting' AND not_before > ?`,
    ).get(now);
    const moment = row?.['moment'] ?? null;
    return typeof moment === 'number' ? moment : null;
  }

  change(id: number, change: JobChange): Job {
    const fields = Object.entries(change) as [keyof JobChange, never][];
    const values = fields.map(([field, value]) => stored[field]?.(value) ?? (value as SQLInputValue));
    const assignments = fields.map(([field]) => `${columns[field]} = ?`).join(', ');
    this.#statement(`UPDATE job SET ${assignments} WHERE id = ?`).run(...values, id);
    return this.#require(id);
  }

  /** Moves a job before or behind all others of its priority. */
  move(id: number, to: 'first' | 'last'): void {
    const found = to === 'first' ? 'min(coalesce(place, id)) - 1' : 'max(coalesce(place, id)) + 1';
    this.#statement(`UPDATE job SET place = (SELECT ${found} FROM job) WHERE id = ?`).run(id);
  }

  /** Puts what a program that died was doing back in the line. */
  recover(): void {
    this.#database.exec(`UPDATE job SET state = 'waiting' WHERE state = 'running'`);
  }

  remove(id: number): void {
    this.#statement('DELETE FROM job WHERE id = ?').run(id);
  }

  close(): void {
    this.#database.close();
  }

  #addLaterColumns(): void {
    const rows = this.#database.prepare('PRAGMA table_info(job)').all();
    const known = new Set(rows.map(({ name }) => name));
    for (const [name, type] of Object.entries(laterColumns))
      if (!known.has(name)) this.#database.exec(`ALTER TABLE job ADD COLUMN ${name} ${type}`);
  }

  /** Statements are few, and each is used for every job. */
  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #require(id: number): Job {
    const job = this.get(id);
    if (job === null) throw new Error(`The queue has no transfer ${id}`);
    return job;
  }
}

function jobOf(row: Readonly<Record<string, SQLOutputValue>>): Job {
  const numberOf = (name: string): number | null => (typeof row[name] === 'number' ? row[name] : null);
  const textOf = (name: string): string | null => (typeof row[name] === 'string' ? row[name] : null);
  return {
    id: numberOf('id') ?? 0,
    from: textFromStored(textOf('from_address') ?? ''),
    to: textFromStored(textOf('to_address') ?? ''),
    priority: priorities[numberOf('priority') ?? 2] ?? 'normal',
    options: JSON.parse(textOf('options') ?? '{}') as JobOptions,
    state: (textOf('state') ?? 'failed') as JobState,
    addedAt: numberOf('added_at') ?? 0,
    startedAt: numberOf('started_at'),
    endedAt: numberOf('ended_at'),
    bytes: numberOf('bytes') ?? 0,
    total: numberOf('total'),
    error: textOf('error'),
    errorCode: textOf('error_code'),
    failures: numberOf('failures') ?? 0,
    notBefore: numberOf('not_before'),
    route: textOf('route') as Route | null,
    verified: numberOf('verified') === null ? null : numberOf('verified') === 1,
  };
}
