import { spawn } from 'node:child_process';
import { toWherryError, WherryError } from '#core/errors.ts';
import { RateLimiter } from '#core/rate-limit.ts';
import { joinName, nameOf, parentOf, resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type {
  EnqueueRequest,
  ExistingFileChoice,
  QueueAction,
  QueueSettings,
  QueueTotals,
  TransferPriority,
  TransferRecord,
  TransferRequest,
} from '#protocols/http/contract/page/queue.ts';
import { parseAddress } from '../address.ts';
import type { ConnectOptions } from '../options.ts';
import { priorities, type Job, type NewJob } from '../queue/job.ts';
import { TransferQueue } from '../queue/transfer-queue.ts';
import type { Connections } from './connections.ts';
import { localId } from './connections.ts';
import { chooseForExisting } from './existing-file.ts';
import { failureOf } from './connection-record.ts';
import type { Messages } from './messages.ts';
import type { Questions } from './questions.ts';
import { DirectoryScanner, jobKey } from './scan-directory.ts';
import type { SettingsFile } from './settings-file.ts';
import {
  defaultQueueSettings,
  directionOf,
  groupOf,
  placeOf,
  recordOf,
  stateOf,
  totalsOf,
  type Direction,
} from './transfer-record.ts';

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
  /** Ends a question about it. */
  readonly controller: AbortController;
}

/** The queue of transfers as the page shows it. */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #queue: TransferQueue;
  readonly #scanner: DirectoryScanner;
  readonly #limiters = { upload: new RateLimiter(0), download: new RateLimiter(0) };
  readonly #access = new Map<string, ConnectOptions>();
  /** By the number of the job. */
  readonly #rows = new Map<number, Row>();
  /** Answers that hold for all questions to come, by direction. */
  readonly #always = new Map<Direction, ExistingFileChoice>();
  #settings: QueueSettings;
  #runSinceIdle = { done: 0, failed: 0, sinceMs: Date.now() };

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#settings = { ...defaultQueueSettings, ...options.settings.current.queue };
    this.#queue = new TransferQueue({
      file: options.file,
      parallel: this.#settings.parallel,
      retries: this.#settings.retries,
      paused: true,
      connect: (address) => this.#access.get(placeOf(address)) ?? {},
      limiterFor: (job) => this.#limiters[directionOf(job.from, job.to) === 'upload' ? 'upload' : 'download'],
    });
    this.#scanner = new DirectoryScanner({
      accessTo: (address) => options.connections.accessTo(address),
      add: async (job) => {
        await this.#prepare(job.from, job.to);
        this.#queue.add(job);
      },
      knownJobs: () => new Set([...this.#rows.values()].map(jobKey)),
    });
  }

  /** Shows what an earlier run has left, and goes on with it. */
  async begin(): Promise<void> {
    for (const job of this.#queue.list()) {
      this.#rows.set(job.id, this.#rowOf(job));
      await this.#prepare(job.from, job.to);
    }
    this.#queue.subscribe((event) => {
      if (event.event === 'added' || event.event === 'changed') this.#show(event.job);
      else if (event.event === 'removed') this.#forget(event.id);
      else if (event.event === 'progress') this.#progress(event);
      else this.#finish();
    });
    this.#applySettings();
    for (const job of this.#queue.list(['paused'])) if (job.options.kind === 'directory') this.#scan(job);
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
    const ids: string[] = [];
    if (this.#isIdle()) this.#runSinceIdle = { done: 0, failed: 0, sinceMs: Date.now() };
    for (const [index, transfer] of request.transfers.entries()) {
      const job = await this.#jobFor(transfer, request);
      const added = this.#queue.add(job);
      if (transfer.size !== undefined) this.#change(added.id, { totalBytes: transfer.size });
      ids.push(String(added.id));
      if (transfer.type === 'directory') this.#scan(added);
      if (index % addsAtOnce === addsAtOnce - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    return ids;
  }

  /** Does what is asked to the transfers named. @returns how many there were of them */
  async act({ action, transfers, priority }: QueueAction): Promise<number> {
    const wanted = 'states' in transfers ? null : new Set(transfers);
    const chosen = [...this.#rows].filter(([id, { record }]) =>
      wanted === null
        ? 'states' in transfers && transfers.states.includes(record.state)
        : wanted.has(String(id)),
    );
    for (const [id, row] of chosen) await this.#actOn(id, row, action, priority);
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
    } else if (!isOver) {
      const wanted = action === 'first' ? 5 : action === 'last' ? 1 : (priority ?? 3);
      this.#queue.setPriority(id, priorities[5 - wanted] ?? 'normal');
    }
  }

  async #jobFor(transfer: TransferRequest, request: EnqueueRequest): Promise<NewJob> {
    const { source, targetDirectory, targetName, type } = transfer;
    const { connections } = this.#options;
    const sourcePath = resolveVirtualPath(rootPath, source.path);
    const name = targetName ?? nameOf(sourcePath);
    if (name === '' || name === '.' || name === '..' || /[/\0]/u.test(name))
      throw new WherryError('name-invalid', 'Cannot transfer it: the name for the target is not allowed');
    const target = joinName(resolveVirtualPath(rootPath, targetDirectory.path), name);
    const from = connections.addressOf(source.connection, sourcePath);
    const to = connections.addressOf(targetDirectory.connection, target);
    if (from === to) throw new WherryError('invalid-argument', 'Cannot transfer it onto itself');
    await this.#prepare(from, to);
    const existing = request.existing ?? this.#policy(directionOf(from, to));
    return {
      from,
      to,
      priority: priorities[5 - (request.priority ?? 3)] ?? 'normal',
      // Directories are read by the scanner, and never run as they are.
      paused: request.paused === true || type === 'directory',
      options: {
        kind: type,
        move: request.move === true,
        overwrite: existing === 'overwrite',
        existing: request.existing,
        keepTimes: this.#settings.preserveTimes,
        verify: this.#settings.verify ? undefined : false,
        serverToServer: this.#settings.serverToServer,
      },
    };
  }

  /** The queue asks for the way to a place when it cannot wait: it is found out before. */
  async #prepare(...addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const place = placeOf(address);
      if (place === localId || this.#access.has(place)) continue;
      const access = await this.#options.connections.accessTo(address);
      // Read when it is used: what was answered meanwhile counts.
      this.#access.set(place, {
        ...access.options(),
        get tls() {
          return access.options().tls;
        },
      });
    }
  }

  #policy(direction: Direction): ExistingFileChoice | 'ask' {
    const { existingDownload, existingUpload } = this.#settings;
    return this.#always.get(direction) ?? (direction === 'download' ? existingDownload : existingUpload);
  }

  #scan(job: Job): void {
    this.#change(job.id, { state: 'scanning', error: null });
    this.#scanner.scan(job).then(
      () => {
        this.#changedAt(job.to);
        void this.#queue.remove(job.id);
      },
      (thrown: unknown) => {
        const error = toWherryError(thrown, 'read the directory');
        if (error.code !== 'aborted') this.#change(job.id, { state: 'failed', error: failureOf(error) });
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
    if (job.state === 'done') this.#arrived(row);
    if (job.state === 'failed' && job.errorCode === 'exists') void this.#settleExisting(job, row);
    else if (job.state === 'failed') this.#runSinceIdle.failed += 1;
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
    const { direction } = row.record;
    this.#change(job.id, { state: 'waiting', error: null });
    try {
      const given = job.options.existing as ExistingFileChoice | undefined;
      const chosen = await chooseForExisting({
        transfer: row.record,
        places: [await this.#entryAt(row.from), await this.#entryAt(row.to)],
        policy: given ?? this.#policy(direction),
        questions: this.#options.questions,
        signal: row.controller.signal,
      });
      if (chosen.always !== 'no') this.#remember(chosen.choice, chosen.always, direction);
      if (chosen.asDefault) await this.#makeDefault(chosen.choice, direction);
      if (row.controller.signal.aborted) return;
      if (chosen.action === 'skip') {
        const record = { ...row.record, state: 'skipped', error: null, endedAt: Date.now() } as const;
        await this.#queue.remove(job.id);
        this.#rows.set(job.id, { ...row, record });
        this.#options.messages.transfer(record);
        return;
      }
      const { options, priority } = job;
      const to =
        chosen.action === 'rename' ? row.to.slice(0, row.to.lastIndexOf('/') + 1) + chosen.name : row.to;
      const overwrite = chosen.action === 'overwrite';
      await this.#queue.remove(job.id);
      this.#queue.add({ from: row.from, to, priority, options: { ...options, overwrite } });
    } catch (thrown) {
      this.#change(job.id, { state: 'failed', error: failureOf(toWherryError(thrown, 'look at the files')) });
    }
  }

  #remember(choice: ExistingFileChoice, scope: 'queue' | 'direction', direction: Direction): void {
    const directions: readonly Direction[] =
      scope === 'queue' ? ['upload', 'download', 'between'] : [direction];
    for (const one of directions) this.#always.set(one, choice);
    this.#options.questions.answerAll((question) =>
      question.kind === 'existing-file' &&
      directions.includes(question.transfer.direction) &&
      choice !== 'rename'
        ? { answer: 'existing-file', choice, always: 'no', asDefault: false }
        : null,
    );
  }

  async #makeDefault(choice: ExistingFileChoice, direction: Direction): Promise<void> {
    const field = direction === 'download' ? 'existingDownload' : 'existingUpload';
    await this.changeSettings({ ...this.#settings, [field]: choice });
  }

  async #entryAt(
    address: string,
  ): Promise<{ readonly name: string; readonly size: number | null; readonly modifiedAt: number | null }> {
    return this.#scanner.use(address, async ({ fileSystem, path }) => {
      const { size, modifiedAt } = await fileSystem.stat(path);
      return { name: nameOf(path), size, modifiedAt };
    });
  }

  #change(id: number, change: Partial<TransferRecord>): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    row.record = { ...row.record, ...change };
    this.#options.messages.transfer(row.record);
  }

  #forget(id: number): void {
    this.#rows.get(id)?.controller.abort();
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
    this.#always.clear();
    this.#options.messages.flush();
    this.#options.messages.send({ type: 'queue-finished', done, failed });
    const { whenFinished, finishCommand } = this.#settings;
    if (whenFinished === 'exit') this.#options.onExit();
    if (whenFinished === 'run-command' && finishCommand !== null)
      spawn('/bin/sh', ['-c', finishCommand], { stdio: 'ignore', detached: true })
        .on('error', () => undefined)
        .unref();
    if (whenFinished === 'disconnect') {
      for (const { id } of this.#options.connections.list())
        if (id !== localId) void this.#options.connections.close(id).catch(() => undefined);
    }
  }

  #applySettings(): void {
    const { parallel, paused, uploadLimit, downloadLimit } = this.#settings;
    this.#limiters.upload.bytesPerSecond = uploadLimit ?? 0;
    this.#limiters.download.bytesPerSecond = downloadLimit ?? 0;
    this.#queue.parallel = parallel;
    if (paused) void this.#queue.pause();
    else this.#queue.resume();
  }

  #rowOf(job: Job): Row {
    const record = recordOf(job, this.#options.connections);
    return { record, from: job.from, to: job.to, controller: new AbortController() };
  }
}

/** Jobs that are written before others have their turn. */
const addsAtOnce = 200;
