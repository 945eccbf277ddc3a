import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorFacts, toWherryError } from '#core/errors.ts';
import { RateLimiter } from '#core/rate-limit.ts';
import { parentOf, resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type {
  EnqueueRequest,
  QueueAction,
  QueueSettings,
  QueueTotals,
  TransferPriority,
  TransferRecord,
} from '#protocols/http/contract/page/queue.ts';
import { parseAddress } from '../address.ts';
import { directionOf, priorities, type Direction, type Job, type NewJob } from '../queue/job.ts';
import { TransferQueue } from '../queue/transfer-queue.ts';
import type { Connections } from './connections.ts';
import type { Messages } from './messages.ts';
import type { Questions } from './questions.ts';
import { DirectoryScanner, jobKey } from './scan-directory.ts';
import { ExistingTargets } from './settle-existing.ts';
import type { SettingsFile } from './settings-file.ts';
import { jobFor, QueueWays } from './transfer-jobs.ts';
import { defaultQueueSettings, groupOf, recordOf, stateOf, totalsOf } from './transfer-record.ts';
import { doWhenFinished } from './when-finished.ts';

/** What the transfers of the page stand on. */
export interface TransfersOptions {
  /** Where the queue is kept. */
  readonly file: string;
  readonly connections: Connections;
  readonly messages: Messages;
  readonly questions: Questions;
  readonly settings: SettingsFile;
  /** The user wants the program to end when everything is done. */
  readonly onExit: () => void;
}

interface Row {
  record: TransferRecord;
  readonly from: string;
  readonly to: string;
  readonly group: string | null;
  /** Ends a question about it. */
  readonly controller: AbortController;
}

/** A transfer has come to an end, for whoever has put it into the queue as a part of something. */
export interface SettledTransfer {
  readonly id: number;
  /** `JobOptions.group`. */
  readonly group: string | null;
  readonly state: 'done' | 'failed' | 'removed';
  /** The address that it goes to. */
  readonly to: string;
  readonly record: TransferRecord;
}

/** The queue of transfers as the page shows it. */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #queue: TransferQueue;
  readonly #scanner: DirectoryScanner;
  readonly #existing: ExistingTargets;
  readonly #settledListeners = new Set<(settled: SettledTransfer) => void>();
  readonly #limiters = { upload: new RateLimiter(0), download: new RateLimiter(0) };
  readonly #ways: QueueWays;
  /** By the number of the job. */
  readonly #rows = new Map<number, Row>();
  #settings: QueueSettings;
  #runSinceIdle = { done: 0, failed: 0, sinceMs: Date.now() };

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#settings = { ...defaultQueueSettings, ...options.settings.current.queue };
    this.#ways = new QueueWays(options.connections);
    this.#queue = new TransferQueue({
      file: options.file,
      parallel: this.#settings.parallel,
      retries: this.#settings.retries,
      paused: true,
      connect: (address) => this.#ways.optionsOf(address),
      limiterFor: (job) => this.#limiters[directionOf(job) === 'upload' ? 'upload' : 'download'],
    });
    this.#scanner = new DirectoryScanner({
      accessTo: (address) => options.connections.accessTo(address),
      add: async (job) => {
        await this.#ways.prepare(job);
        this.#queue.add(job);
      },
      knownJobs: () => new Set([...this.#rows.values()].map(jobKey)),
    });
    this.#existing = new ExistingTargets({
      questions: options.questions,
      ruleOf: (direction) =>
        direction === 'download' ? this.#settings.existingDownload : this.#settings.existingUpload,
      makeDefault: async (choice, direction) => {
        const field = direction === 'download' ? 'existingDownload' : 'existingUpload';
        await this.changeSettings({ ...this.#settings, [field]: choice });
      },
      use: (address, action) => this.#scanner.use(address, action),
    });
  }

  /** Shows what an earlier run has left, and goes on with it. */
  async begin(): Promise<void> {
    for (const job of this.#queue.list()) {
      this.#rows.set(job.id, this.#rowOf(job));
      await this.#ways.prepare(job);
    }
    this.#queue.subscribe((event) => {
      if (event.event === 'added' || event.event === 'changed') this.#show(event.job);
      else if (event.event === 'removed') this.#forget(event.id);
      else if (event.event === 'progress') this.#progress(event);
      else this.#finish();
    });
    this.#applySettings();
    for (const job of this.#queue.list(['paused'])) if (isToBeRead(job)) this.#scan(job);
    for (const job of this.#queue.list(['failed'])) {
      const row = this.#rows.get(job.id);
      // It was being asked about when the program ended.
      if (row !== undefined && job.errorCode === 'exists') void this.#settleExisting(job, row);
    }
  }

  /** Hears of every transfer that comes to an end, until stopped. */
  onSettled(listener: (settled: SettledTransfer) => void): () => void {
    this.#settledListeners.add(listener);
    return () => this.#settledListeners.delete(listener);
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  async changeSettings(settings: QueueSettings): Promise<QueueSettings> {
    this.#settings = settings;
    await this.#options.settings.change({ queue: settings });
    this.#applySettings();
    this.#options.messages.send({ type: 'queue-settings', settings });
    return settings;
  }

  list(): readonly TransferRecord[] {
    return [...this.#rows.values()].map(({ record }) => record);
  }

  totals(): QueueTotals {
    return totalsOf(this.list(), this.#runSinceIdle.sinceMs);
  }

  /** Puts transfers into the queue. @returns their ids */
  async enqueue(request: EnqueueRequest): Promise<readonly string[]> {
    const around = {
      connections: this.#options.connections,
      settings: this.#settings,
      ruleFor: (direction: Direction) => this.#existing.ruleFor(direction),
    };
    return this.add(request.transfers.map((transfer) => jobFor(transfer, request, around)));
  }

  /** Puts transfers of addresses into the queue. @returns their ids */
  async add(jobs: readonly NewJob[]): Promise<readonly string[]> {
    const ids: string[] = [];
    if (this.#isIdle()) this.#runSinceIdle = { done: 0, failed: 0, sinceMs: Date.now() };
    for (let start = 0; start < jobs.length; start += addsAtOnce) {
      const batch = jobs.slice(start, start + addsAtOnce);
      for (const job of batch) await this.#ways.prepare(job);
      for (const added of this.#queue.addAll(batch)) {
        ids.push(String(added.id));
        if (isToBeRead(added)) this.#scan(added);
      }
      if (start + addsAtOnce < jobs.length) await nextTurn();
    }
    return ids;
  }

  /** Takes out what waits of a group, as of a plan that was given up. */
  async removeWaiting(group: string): Promise<void> {
    for (const job of this.#queue.list(['waiting', 'paused', 'failed']))
      if (job.options.group === group) await this.#queue.remove(job.id);
  }

  /** Runs something with the place of an address, over a connection that is shared with the queue's own questions. */
  use: DirectoryScanner['use'] = (address, action) => this.#scanner.use(address, action);

  /** Does what is asked to the transfers named. @returns how many there were of them */
  async act({ action, transfers, priority }: QueueAction): Promise<number> {
    const wanted = 'states' in transfers ? null : new Set(transfers);
    const chosen = [...this.#rows].filter(([id, { record }]) =>
      wanted === null
        ? 'states' in transfers && transfers.states.includes(record.state)
        : wanted.has(String(id)),
    );
    for (const [index, [id, row]] of chosen.entries()) {
      await this.#actOn(id, row, action, priority);
      if (index % addsAtOnce === addsAtOnce - 1) await nextTurn();
    }
    return chosen.length;
  }

  /** Stops everything, to be gone on with by the next run. */
  async close(): Promise<void> {
    for (const { controller } of this.#rows.values()) controller.abort();
    await this.#scanner.close();
    await this.#queue.close();
  }

  async #actOn(
    id: number,
    row: Row,
    action: QueueAction['action'],
    priority?: TransferPriority,
  ): Promise<void> {
    const { state, type } = row.record;
    const isOver = state === 'done' || state === 'skipped';
    if (action === 'remove') {
      row.controller.abort();
      this.#scanner.stop(id);
      if (state === 'skipped') this.#forget(id);
      else await this.#queue.remove(id);
    } else if (action === 'pause') {
      if (!isOver && type === 'file') await this.#queue.pause(id);
    } else if (action === 'resume' || action === 'retry') {
      const job = this.#queue.get(id);
      if (isOver || job === null) return;
      if (type === 'directory') this.#scan(job);
      else this.#queue.resume(id);
    } else if (isOver) return;
    else if (action === 'priority') this.#queue.setPriority(id, priorities[5 - (priority ?? 3)] ?? 'normal');
    else this.#queue.move(id, action);
  }

  #scan(job: Job): void {
    if (job.options.held === true) this.#queue.setOptions(job.id, { ...job.options, held: false });
    this.#change(job.id, { state: 'scanning', error: null });
    this.#scanner.scan(job).then(
      () => {
        this.#changedAt(job.to);
        void this.#queue.remove(job.id);
      },
      (thrown: unknown) => {
        const error = toWherryError(thrown, 'read the directory');
        if (error.code !== 'aborted') this.#change(job.id, { state: 'failed', error: errorFacts(error) });
      },
    );
  }

  #show(job: Job): void {
    const known = this.#rows.get(job.id);
    const row = known ?? this.#rowOf(job);
    if (known !== undefined) row.record = { ...known.record, ...stateOf(job, known.record) };
    if (job.options.kind === 'directory' && known?.record.state === 'scanning')
      row.record = { ...row.record, state: 'scanning' };
    this.#rows.set(job.id, row);
    this.#options.messages.transfer(row.record);
    if (job.state === 'failed' && job.errorCode === 'exists') {
      void this.#settleExisting(job, row);
      return;
    }
    if (job.state === 'done') this.#arrived(row);
    if (job.state === 'failed') this.#runSinceIdle.failed += 1;
    if (job.state === 'done' || job.state === 'failed') this.#tellSettled(job.id, row, job.state);
  }

  #tellSettled(id: number, { record, group, to }: Row, state: SettledTransfer['state']): void {
    for (const listener of this.#settledListeners) listener({ id, group, state, to, record });
  }

  #arrived({ to, from, record }: Row): void {
    this.#runSinceIdle.done += 1;
    this.#changedAt(to);
    if (record.move) this.#changedAt(from);
  }

  /** Panes that show the directory of an address look at it again. */
  #changedAt(address: string): void {
    const connection = this.#options.connections.connectionAt(address);
    if (connection === null) return;
    const path = resolveVirtualPath(rootPath, `/${parseAddress(address).path}`);
    this.#options.messages.directoryChanged(connection.id, parentOf(path));
  }

  #progress(event: {
    readonly id: number;
    readonly bytes: number;
    readonly total: number | null;
    readonly bytesPerSecond: number;
  }): void {
    const row = this.#rows.get(event.id);
    if (row === undefined) return;
    const isLarger = event.total !== null && event.total !== row.record.totalBytes;
    row.record = {
      ...row.record,
      doneBytes: event.bytes,
      bytesPerSecond: event.bytesPerSecond,
      totalBytes: event.total ?? row.record.totalBytes,
    };
    if (isLarger) this.#options.messages.transfer(row.record);
    else this.#options.messages.progress([row.record.id, event.bytes, event.bytesPerSecond]);
  }

  /** The target is there: by the rule, or by asking. */
  async #settleExisting(job: Job, row: Row): Promise<void> {
    this.#change(job.id, { state: 'waiting', error: null });
    try {
      const settled = await this.#existing.settle(job, row.record, row.controller.signal);
      if (settled === 'skip') {
        const record = { ...row.record, state: 'skipped', error: null, endedAt: Date.now() } as const;
        await this.#queue.remove(job.id);
        this.#rows.set(job.id, { ...row, record });
        this.#options.messages.transfer(record);
        return;
      }
      const target = recordOf({ ...job, to: settled.to }, this.#options.connections).target;
      this.#rows.set(job.id, { ...row, to: settled.to, record: { ...row.record, target } });
      this.#queue.revise(job.id, settled);
    } catch (thrown) {
      const error = toWherryError(thrown, 'look at the files');
      if (error.code !== 'aborted') this.#change(job.id, { state: 'failed', error: errorFacts(error) });
    }
  }

  #change(id: number, change: Partial<TransferRecord>): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    row.record = { ...row.record, ...change };
    this.#options.messages.transfer(row.record);
  }

  #forget(id: number): void {
    const row = this.#rows.get(id);
    row?.controller.abort();
    if (row !== undefined && groupOf[row.record.state] !== 'done') this.#tellSettled(id, row, 'removed');
    this.#rows.delete(id);
    this.#options.messages.transferRemoved(String(id));
  }

  #isIdle(): boolean {
    return ![...this.#rows.values()].some(
      ({ record }) => groupOf[record.state] === 'active' || record.state === 'queued',
    );
  }

  #finish(): void {
    const { done, failed } = this.#runSinceIdle;
    if (done + failed === 0 || !this.#isIdle()) return;
    this.#runSinceIdle = { done: 0, failed: 0, sinceMs: Date.now() };
    this.#existing.forget();
    this.#options.messages.flushAll();
    this.#options.messages.send({ type: 'queue-finished', done, failed });
    doWhenFinished(this.#settings, this.#options);
  }

  #applySettings(): void {
    const { parallel, parallelDownloads, parallelUploads, paused, retries } = this.#settings;
    const { uploadLimit, downloadLimit } = this.#settings;
    this.#limiters.upload.bytesPerSecond = uploadLimit ?? 0;
    this.#limiters.download.bytesPerSecond = downloadLimit ?? 0;
    this.#queue.retries = retries;
    this.#queue.parallelOf = { download: parallelDownloads, upload: parallelUploads };
    this.#queue.parallel = parallel;
    if (paused) void this.#queue.pause();
    else this.#queue.resume();
  }

  #rowOf(job: Job): Row {
    const record = recordOf(job, this.#options.connections);
    const group = job.options.group ?? null;
    return { record, from: job.from, to: job.to, group, controller: new AbortController() };
  }
}

/** Jobs that are written or changed before others have their turn. */
const addsAtOnce = 200;

/** Whether a job is a directory that nobody holds back. */
function isToBeRead({ options }: Job): boolean {
  return options.kind === 'directory' && options.held !== true;
}
