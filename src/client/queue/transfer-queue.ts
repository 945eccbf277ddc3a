import { toWherryError, WherryError } from '#core/errors.ts';
import { RateLimiter } from '#core/rate-limit.ts';
import type { ConnectOptions } from '../options.ts';
import type { RetryPolicy } from '../retry.ts';
import { JobStore, type JobChange } from './job-store.ts';
import type { Job, JobState, NewJob, Priority, QueueEvent } from './job.ts';
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

/** Why a running transfer was stopped. */
type StopReason = 'pause' | 'remove' | 'close';

interface Running {
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
  readonly #retry: { readonly [Field in keyof RetryPolicy]-?: number };
  readonly #running = new Map<number, Running>();
  readonly #listeners = new Set<(event: QueueEvent) => void>();
  #parallel: number;
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
        this.#change(id, {
          state: 'waiting',
          failures: 0,
          notBefore: null,
          error: null,
          errorCode: null,
          endedAt: null,
        });
      } else if (job.state === 'waiting') this.#change(id, { notBefore: null });
    }
    this.#fill();
  }

  setPriority(id: number, priority: Priority): void {
    this.#require(id);
    this.#change(id, { priority });
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
    while (!this.#paused && this.#running.size < this.#parallel) {
      const job = this.#store.next(Date.now());
      if (job === null) break;
      this.#start(job);
    }
    this.#waitForMoment();
    const idle = this.#running.size === 0 && (this.#paused || this.#store.nextMoment() === null);
    if (idle && !this.#idle) {
      this.#idle = true;
      this.#tell({ event: 'idle' });
    } else if (!idle) this.#idle = false;
  }

  /** Wakes up when the first of those that wait for another try may be begun. */
  #waitForMoment(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const moment = this.#paused || this.#running.size >= this.#parallel ? null : this.#store.nextMoment();
    if (moment !== null) this.#timer = setTimeout(() => this.#fill(), Math.max(1, moment - Date.now()));
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
    this.#running.set(job.id, { controller, ended });
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
      this.#change(id, { state: 'done', endedAt: Date.now(), bytes: done.bytes, total: done.bytes });
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
