import { toWherryError, WherryError } from '#core/errors.ts';
import { RateLimiter } from '#core/rate-limit.ts';
import type { ConnectOptions } from '../options.ts';
import type { RetryPolicy } from '../retry.ts';
import { JobStore, type JobChange } from './job-store.ts';
import {
  directionOf,
  type Direction,
  type Job,
  type JobOptions,
  type JobState,
  type NewJob,
  type Priority,
  type QueueEvent,
} from './job.ts';
import { runJob } from './run-job.ts';
import { SharedConnections } from './shared-connections.ts';

/** How a queue works. */
export interface TransferQueueOptions extends Pick<
  RetryPolicy,
  'retries' | 'firstDelayMs' | 'longestDelayMs'
> {
  /** Where it is kept; by default in memory, gone with the program. */
  readonly file?: string | undefined;
  /** Transfers at a time (default 2). */
  readonly parallel?: number | undefined;
  /** Of these at most so many of a direction; no limit of its own by default, nor with 0. */
  readonly parallelOf?: Readonly<Partial<Record<Direction, number>>> | undefined;
  /** Octets a second that all transfers move together; no limit by default. */
  readonly bytesPerSecond?: number | undefined;
  /** Limits of single transfers, in the place of the one of all together. */
  readonly limiterFor?: ((job: Job) => RateLimiter) | undefined;
  /** How the place of an address is reached. Passwords come from here: none is written down. */
  readonly connect?: ((address: string) => ConnectOptions) | undefined;
  /** Time after which a connection that no transfer uses is closed (default 30,000). */
  readonly idleTimeoutMs?: number | undefined;
  /** Begin with nothing running (default false). */
  readonly paused?: boolean | undefined;
}

const defaultParallel = 2;
const defaultIdleTimeoutMs = 30_000;
const defaultQueueRetries = 5;
const defaultFirstDelayMs = 5000;
const defaultLongestDelayMs = 300_000;
/** How often what has been moved is written down. */
const saveIntervalMs = 2000;

/** What makes a transfer that has ended one that waits for its turn. */
const anew = {
  state: 'waiting',
  failures: 0,
  notBefore: null,
  error: null,
  errorCode: null,
  endedAt: null,
} as const satisfies JobChange;

/** Why a running transfer was stopped. */
type StopReason = 'pause' | 'remove' | 'close';

interface Running {
  readonly direction: Direction;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Transfers that wait their turn. It is kept on the disk: what was running when the program ended goes on where it
 * was when a queue is opened on the same file. What may work later is tried again, each time after a longer wait.
 */
export class TransferQueue implements AsyncDisposable {
  readonly #store: JobStore;
  readonly #connections: SharedConnections;
  readonly #limiter: RateLimiter;
  readonly #limiterFor: ((job: Job) => RateLimiter) | undefined;
  #retry: { readonly [Field in keyof RetryPolicy]-?: number };
  readonly #running = new Map<number, Running>();
  readonly #listeners = new Set<(event: QueueEvent) => void>();
  #parallel: number;
  #parallelOf: Readonly<Partial<Record<Direction, number>>>;
  #paused: boolean;
  #closed = false;
  #timer: NodeJS.Timeout | null = null;
  #idle = true;

  /** @throws WherryError when the file cannot be opened */
  constructor(options: TransferQueueOptions = {}) {
    this.#store = new JobStore(options.file ?? ':memory:');
    this.#store.recover();
    this.#connections = new SharedConnections(
      options.connect ?? (() => ({})),
      options.idleTimeoutMs ?? defaultIdleTimeoutMs,
    );
    this.#limiter = new RateLimiter(options.bytesPerSecond ?? 0);
    this.#limiterFor = options.limiterFor;
    this.#parallel = options.parallel ?? defaultParallel;
    this.#parallelOf = options.parallelOf ?? {};
    this.#paused = options.paused ?? false;
    this.#retry = {
      retries: options.retries ?? defaultQueueRetries,
      firstDelayMs: options.firstDelayMs ?? defaultFirstDelayMs,
      longestDelayMs: options.longestDelayMs ?? defaultLongestDelayMs,
    };
    this.#fill();
  }

  /** Hears what happens from now on; the answer stops that. A listener must not throw. */
  subscribe(listener: (event: QueueEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts a transfer at the end of those of its priority. */
  add(job: NewJob): Job {
    this.#requireOpen();
    const added = this.#store.add(job);
    this.#tell({ event: 'added', job: added });
    this.#fill();
    return added;
  }

  /** Puts several at the end of those of their priorities, in one write. */
  addAll(jobs: readonly NewJob[]): readonly Job[] {
    this.#requireOpen();
    const added = this.#store.addAll(jobs);
    for (const job of added) this.#tell({ event: 'added', job });
    this.#fill();
    return added;
  }

  get(id: number): Job | null {
    return this.#store.get(id);
  }

  /** In the order in which they would be done. */
  list(states?: readonly JobState[]): readonly Job[] {
    return this.#store.list(states);
  }

  /** Whether the queue as a whole is stopped. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** Stops a transfer, or all; what has arrived stays to be gone on with. Settles when it has stopped. */
  async pause(id?: number): Promise<void> {
    if (id !== undefined) {
      const job = this.#require(id);
      if (job.state === 'waiting') this.#change(id, { state: 'paused' });
      await this.#stop(id, 'pause');
      return;
    }
    this.#paused = true;
    await Promise.all([...this.#running.keys()].map((running) => this.#stop(running, 'close')));
  }

  /** Lets a paused or failed transfer, or the whole queue, go on. */
  resume(id?: number): void {
    if (id === undefined) this.#paused = false;
    else {
      const job = this.#require(id);
      if (job.state === 'paused' || job.state === 'failed') {
        this.#change(id, anew);
      } else if (job.state === 'waiting') this.#change(id, { notBefore: null });
    }
    this.#fill();
  }

  setPriority(id: number, priority: Priority): void {
    this.#require(id);
    this.#change(id, { priority });
  }

  /** Moves a transfer before or behind all others, with the priority that goes with it. */
  move(id: number, to: 'first' | 'last'): void {
    this.#require(id);
    this.#store.move(id, to);
    this.#change(id, { priority: to === 'first' ? 'highest' : 'lowest' });
  }

  /** Changes what is known of a transfer, and nothing of how it stands. */
  setOptions(id: number, options: JobOptions): void {
    this.#require(id);
    this.#change(id, { options });
  }

  /** Lets a transfer that is not running begin anew, to another target or in another way. */
  revise(id: number, change: { readonly to?: string; readonly options?: JobOptions }): void {
    this.#require(id);
    if (this.#running.has(id))
      throw new WherryError('busy', 'The transfer is running; pause it before it is changed');
    this.#change(id, { ...change, ...anew });
    this.#fill();
  }

  /** Takes a transfer out, stopping it first. */
  async remove(id: number): Promise<void> {
    await this.#stop(id, 'remove');
    this.#store.remove(id);
    this.#tell({ event: 'removed', id });
    this.#fill();
  }

  /** Takes out all that has ended. */
  async clear(states: readonly JobState[] = ['done']): Promise<void> {
    for (const { id } of this.#store.list(states)) await this.remove(id);
  }

  get parallel(): number {
    return this.#parallel;
  }

  /** Transfers at a time from now on; what is running goes on. */
  set parallel(count: number) {
    this.#parallel = Math.max(1, count);
    this.#fill();
  }

  /** Transfers of each direction at a time from now on, within {@link parallel}. */
  set parallelOf(counts: Readonly<Partial<Record<Direction, number>>>) {
    this.#parallelOf = counts;
    this.#fill();
  }

  /** Tries after the first from now on. */
  set retries(count: number) {
    this.#retry = { ...this.#retry, retries: count };
  }

  /** Octets a second for all together; 0 for no limit. */
  set bytesPerSecond(value: number) {
    this.#limiter.bytesPerSecond = value;
  }

  /** Settles when nothing is running and nothing waits for its turn. */
  async whenIdle(): Promise<void> {
    if (this.#idle) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.subscribe(({ event }) => {
      if (event === 'idle') resolve();
    });
    await promise;
    stop();
  }

  /** Stops what is running, which goes on when a queue is opened on the same file again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all([...this.#running.keys()].map((id) => this.#stop(id, 'close')));
    await this.#connections.close();
    this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fill(): void {
    if (this.#closed) return;
    const now = Date.now();
    while (!this.#paused && this.#running.size < this.#parallel) {
      const job = this.#store.next(now, this.#heldBack());
      if (job === null) break;
      this.#start(job);
    }
    const moment = this.#store.nextMoment(now);
    this.#waitForMoment(moment, now);
    const idle = this.#running.size === 0 && (this.#paused || moment === null);
    if (idle && !this.#idle) {
      this.#idle = true;
      this.#tell({ event: 'idle' });
    } else if (!idle) this.#idle = false;
  }

  /** Directions of which as many are running as may be. */
  #heldBack(): readonly Direction[] {
    const running = [...this.#running.values()];
    const isFull = ([direction, most]: readonly [string, number]): boolean =>
      most > 0 && running.filter((one) => one.direction === direction).length >= most;
    return (Object.entries(this.#parallelOf) as [Direction, number][])
      .filter(isFull)
      .map(([direction]) => direction);
  }

  /** Wakes up when the first of those that wait for another try may be begun. */
  #waitForMoment(moment: number | null, now: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // With all places taken, whatever ends first looks for the next one.
    if (moment === null || this.#paused || this.#running.size >= this.#parallel) return;
    this.#timer = setTimeout(() => this.#fill(), moment - now);
  }

  #start(job: Job): void {
    const controller = new AbortController();
    const started = this.#change(job.id, {
      state: 'running',
      startedAt: Date.now(),
      error: null,
      errorCode: null,
    });
    this.#idle = false;
    const ended = this.#run(started, controller.signal);
    this.#running.set(job.id, { controller, ended, direction: directionOf(job) });
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    const { id } = job;
    let savedAtMs = performance.now();
    // Nothing of it may happen before the queue knows that it is running.
    await Promise.resolve();
    try {
      const done = await runJob(job, {
        connections: this.#connections,
        limiter: this.#limiterFor?.(job) ?? this.#limiter,
        signal,
        onProgress: (progress) => {
          this.#tell({ event: 'progress', id, ...progress });
          if (performance.now() - savedAtMs < saveIntervalMs) return;
          savedAtMs = performance.now();
          this.#store.change(id, { bytes: progress.bytes, total: progress.total });
        },
      });
      const { bytes, route, verified } = done;
      this.#change(id, { state: 'done', endedAt: Date.now(), bytes, total: bytes, route, verified });
    } catch (thrown) {
      this.#settleFailure(job, toWherryError(thrown, 'transfer'), signal);
    } finally {
      this.#running.delete(id);
      this.#fill();
    }
  }

  #settleFailure(job: Job, error: WherryError, signal: AbortSignal): void {
    const stopped = signal.aborted ? (signal.reason as StopReason) : null;
    if (stopped === 'remove') return;
    if (stopped !== null) {
      this.#change(job.id, { state: stopped === 'pause' ? 'paused' : 'waiting' });
      return;
    }
    const failures = job.failures + 1;
    const told = { error: error.message, errorCode: error.code, failures };
    if (error.retryable && failures <= this.#retry.retries) {
      const { firstDelayMs, longestDelayMs } = this.#retry;
      const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
      const notBefore = Date.now() + delayMs * (0.5 + Math.random() / 2);
      this.#change(job.id, { ...told, state: 'waiting', notBefore });
    } else this.#change(job.id, { ...told, state: 'failed', endedAt: Date.now() });
  }

  async #stop(id: number, reason: StopReason): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.controller.abort(reason);
    await running.ended;
  }

  #change(id: number, change: JobChange): Job {
    const job = this.#store.change(id, change);
    this.#tell({ event: 'changed', job });
    return job;
  }

  #tell(event: QueueEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #require(id: number): Job {
    const job = this.#store.get(id);
    if (job === null) throw new WherryError('not-found', `The queue has no transfer ${id}`);
    return job;
  }

  #requireOpen(): void {
    if (this.#closed) throw new WherryError('closed', 'The queue was closed');
  }
}
