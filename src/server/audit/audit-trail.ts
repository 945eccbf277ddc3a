import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { toWherryError, WherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import type { EventBus } from '#engine/events.ts';
import type { mapFile } from '#native/index.ts';
import type { AuditRetention } from './audit-database.ts';
import type { AuditAnswer, AuditRequest, AuditWorkerData, RecoveredAudit } from './audit-messages.ts';
import type { AuditPage, AuditQuery } from './audit-query.ts';
import { auditedEvents } from './audit-record.ts';
import { JournalWriter } from './journal-writer.ts';

export interface AuditTrailOptions {
  /** The data directory: the database and the journal lie there. */
  readonly directory: string;
  readonly events: EventBus;
  readonly retention?: Partial<AuditRetention> | undefined;
  /** How long a record may stay in the journal alone, in milliseconds (1000); a search takes it over at once. */
  readonly takeIntervalMs?: number | undefined;
  /** Milliseconds since 1970 (default the system's clock, as far as it can be right). */
  readonly now?: (() => number) | undefined;
  readonly journalFileBytes?: number | undefined;
  /** How the journal is mapped (as the system can). */
  readonly mapFile?: typeof mapFile | undefined;
}

/** A quarter of a year, and as much as a few gigabytes hold. */
export const defaultAuditRetention: AuditRetention = Object.freeze({
  ageMs: 90 * 86_400_000,
  records: 10_000_000,
});

const forgetIntervalMs = 600_000;
/** A disk that is full is told of this often. */
const problemIntervalMs = 60_000;

/**
 * What happened, to be searched. Events are written to a journal at once, which a kill of the process cannot take back; a
 * thread of its own takes the journal over into the database and answers searches. A disk that is full costs records and
 * warnings, never the service.
 */
export class AuditTrail {
  /** When the last record of the run before was written, in milliseconds since 1970; null where there is none. */
  readonly newestAtStart: number | null;
  readonly #worker: Worker;
  readonly #journal: JournalWriter;
  readonly #stop: () => void;
  readonly #options: AuditTrailOptions;
  readonly #calls: WorkerCalls;
  readonly #timer: NodeJS.Timeout;
  #taking: NodeJS.Timeout | null = null;
  #lastProblemMs = Number.NEGATIVE_INFINITY;
  #lost = 0;
  #closing: Promise<void> | null = null;

  private constructor(
    worker: Worker,
    calls: WorkerCalls,
    { recovered, options }: { recovered: RecoveredAudit; options: AuditTrailOptions },
  ) {
    this.#worker = worker;
    this.#calls = calls;
    this.#options = options;
    this.newestAtStart = recovered.newest;
    this.#journal = new JournalWriter({
      directory: options.directory,
      first: recovered.next,
      fileBytes: options.journalFileBytes ?? defaultJournalFileBytes,
      now: options.now ?? (() => knownTime.forRecords()),
      mapFile: options.mapFile,
      onProblem: (thrown) => {
        this.#lost += 1;
        this.#tell(toWherryError(thrown, 'keep the audit'));
      },
    });
    this.#stop = options.events.subscribe(
      (event) => {
        this.#journal.take(event);
        this.#takeSoon();
      },
      [...auditedEvents, 'change-begun', 'change-failed'],
    );
    this.#timer = setInterval(() => {
      this.#calls.call({ kind: 'forget' }).catch((thrown: unknown) => this.#tell(thrown));
    }, forgetIntervalMs).unref();
  }

  /**
   * Opens the audit and takes over what the last run has left.
   *
   * @throws WherryError `io` when the database is damaged, `unavailable` when it is another program's
   */
  static async open(options: AuditTrailOptions): Promise<AuditTrail> {
    const data: AuditWorkerData = {
      file: join(options.directory, 'audit.db'),
      directory: options.directory,
      retention: { ...defaultAuditRetention, ...options.retention },
    };
    const worker = new Worker(new URL('audit-worker.ts', import.meta.url), { workerData: data });
    const calls = new WorkerCalls(worker);
    try {
      const recovered = (await calls.call({ kind: 'recover' })) as RecoveredAudit;
      const trail = new AuditTrail(worker, calls, { recovered, options });
      void calls.call({ kind: 'forget' }).catch(() => undefined);
      return trail;
    } catch (thrown) {
      await worker.terminate();
      throw toWherryError(thrown, 'open the audit');
    }
  }

  /** Events that could not be written down. */
  get lost(): number {
    return this.#lost;
  }

  /** Looks for records, also for what has happened only now. @throws WherryError `invalid-argument` */
  async search(query: AuditQuery): Promise<AuditPage> {
    await this.flush();
    return (await this.#calls.call({ kind: 'search', query })) as AuditPage;
  }

  /** Settles when everything so far can be found. */
  async flush(): Promise<void> {
    if (this.#taking !== null) clearTimeout(this.#taking);
    this.#taking = null;
    this.#journal.flush();
    await this.#calls.call({ kind: 'take', upTo: this.#journal.end });
  }

  /** Takes over the rest, and closes the database. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop();
    clearInterval(this.#timer);
    try {
      await this.flush();
    } catch {
      // What is left stays in the journal for the next start.
    }
    this.#journal.close();
    await this.#calls.call({ kind: 'close' }).catch(() => undefined);
    await this.#worker.terminate();
  }

  #takeSoon(): void {
    this.#taking ??= setTimeout(() => {
      this.#taking = null;
      this.flush().catch((thrown: unknown) => this.#tell(thrown));
    }, this.#options.takeIntervalMs ?? defaultTakeIntervalMs).unref();
  }

  #tell(thrown: unknown): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastProblemMs < problemIntervalMs) return;
    this.#lastProblemMs = nowMs;
    const { message } = toWherryError(thrown, 'keep the audit');
    const remedy = 'Make room where the data directory lies; what is not written down meanwhile is lost.';
    this.#options.events.emit({ event: 'warning', message: `${message}. ${remedy}` });
  }
}

const defaultTakeIntervalMs = 1000;
/** Some ten thousand lines: a disk has room for that, and it is taken over at once. */
const defaultJournalFileBytes = 2 * 1024 * 1024;

/** Calls into the thread, each with its answer; all that are open fail when the thread ends. */
class WorkerCalls {
  readonly #worker: Worker;
  readonly #open = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (reason: WherryError) => void }
  >();
  #last = 0;
  #ended: WherryError | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: AuditAnswer) => {
      const call = this.#open.get(answer.id);
      this.#open.delete(answer.id);
      // The thread keeps the process alive only while something is asked of it.
      if (this.#open.size === 0) worker.unref();
      if (answer.outcome === 'done') call?.resolve(answer.value);
      else call?.reject(new WherryError(answer.code, answer.message));
    });
    worker.on('error', (thrown) => {
      this.#end(toWherryError(thrown, 'keep the audit'));
    });
    worker.on('exit', () => {
      this.#end(new WherryError('closed', 'The audit is closed'));
    });
  }

  call(request: AuditRequest): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    this.#last += 1;
    const id = this.#last;
    if (this.#open.size === 0) this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage({ id, request });
    });
  }

  #end(reason: WherryError): void {
    this.#ended ??= reason;
    for (const { reject } of this.#open.values()) reject(reason);
    this.#open.clear();
  }
}
