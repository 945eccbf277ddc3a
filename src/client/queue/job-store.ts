import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { toWherryError } from '#core/errors.ts';
import { priorities, type Job, type JobOptions, type JobState, type NewJob } from './job.ts';

/** What is written of a job while it goes on. */
export type JobChange = Partial<
  Pick<
    Job,
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
  >
>;

const columns: Readonly<Record<keyof JobChange, string>> = {
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
  CREATE INDEX IF NOT EXISTS job_next ON job (state, priority, id);
`;

/** Another program may be writing; it does so for a moment. */
const busyTimeoutMs = 5000;

/** The jobs of a queue in a file of SQLite, or in memory. */
export class JobStore {
  readonly #database: DatabaseSync;

  /** @param file `:memory:` for a queue that goes with the program */
  constructor(file: string) {
    try {
      if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      this.#database = new DatabaseSync(file, { timeout: busyTimeoutMs });
      // Addresses tell where somebody's files are.
      if (file !== ':memory:') chmodSync(file, 0o600);
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      this.#database.exec(schema);
    } catch (error) {
      throw toWherryError(error, 'open the transfer queue');
    }
  }

  add({ from, to, priority = 'normal', options = {}, paused = false }: NewJob): Job {
    const { lastInsertRowid } = this.#database
      .prepare(
        'INSERT INTO job (from_address, to_address, priority, options, state, added_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(
        from,
        to,
        priorities.indexOf(priority),
        JSON.stringify(options),
        paused ? 'paused' : 'waiting',
        Date.now(),
      );
    return this.#require(Number(lastInsertRowid));
  }

  get(id: number): Job | null {
    const row = this.#database.prepare('SELECT * FROM job WHERE id = ?').get(id);
    return row === undefined ? null : jobOf(row);
  }

  /** In the order in which they would be done. */
  list(states?: readonly JobState[]): readonly Job[] {
    const rows = this.#database.prepare('SELECT * FROM job ORDER BY priority, id').all();
    return rows.map(jobOf).filter(({ state }) => states === undefined || states.includes(state));
  }

  /** The next job to do, of those that may be begun by now. */
  next(now: number): Job | null {
    const row = this.#database
      .prepare(
        `SELECT * FROM job WHERE state = 'waiting' AND (not_before IS NULL OR not_before <= ?) ORDER BY priority, id LIMIT 1`,
      )
      .get(now);
    return row === undefined ? null : jobOf(row);
  }

  /** When the first of those that have to wait may be begun. */
  nextMoment(): number | null {
    const row = this.#database
      .prepare(`SELECT min(not_before) AS moment FROM job WHERE state = 'waiting'`)
      .get();
    const moment = row?.['moment'] ?? null;
    return typeof moment === 'number' ? moment : null;
  }

  change(id: number, change: JobChange): Job {
    for (const [field, value] of Object.entries(change)) {
      const stored = field === 'priority' ? priorities.indexOf(value as Job['priority']) : value;
      this.#database
        .prepare(`UPDATE job SET ${columns[field as keyof JobChange]} = ? WHERE id = ?`)
        .run(stored, id);
    }
    return this.#require(id);
  }

  /** Puts what a program that died was doing back in the line. */
  recover(): void {
    this.#database.exec(`UPDATE job SET state = 'waiting' WHERE state = 'running'`);
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM job WHERE id = ?').run(id);
  }

  close(): void {
    this.#database.close();
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
    from: textOf('from_address') ?? '',
    to: textOf('to_address') ?? '',
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
  };
}
