import { availableParallelism } from 'node:os';
import { WherryError } from '#core/errors.ts';

/** How many password hashes may be computed and wait at once. */
export interface HashQueueLimits {
  /** Hashes computed at once. Each takes 19 MiB and a processor, of which one at least is left to others. */
  readonly running: number;
  /**
   * Logins that may wait. At 25 ms a hash and two at once, the last of 128 waits 2 s; on two processors that a transfer
   * wants as well, where one is computed at a time and a rest follows each, half a minute.
   */
  readonly waiting: number;
  /** Of which from one source: so many that an office starting work at once gets through. */
  readonly waitingPerSource: number;
}

/** More would not let more people in: it is memory and its bandwidth that a hash takes. */
const mostAtOnce = 2;

export const defaultHashQueueLimits: HashQueueLimits = Object.freeze({
  running: Math.max(1, Math.min(mostAtOnce, availableParallelism() - 1)),
  waiting: 128,
  waitingPerSource: 32,
});

interface Job {
  readonly start: () => void;
  readonly refuse: (error: WherryError) => void;
}

/**
 * Bounds the work of password hashing and shares it out fairly: sources (networks) take turns, and where all places
 * are taken a source with fewer waiting takes the newest place of the one with the most. One address that floods
 * the server with logins so delays mainly itself.
 */
export class HashQueue {
  readonly #limits: HashQueueLimits;
  /** The first key is the source whose turn it is; none of the lists is empty. */
  readonly #waiting = new Map<string, Job[]>();
  #waitingCount = 0;
  #running = 0;

  constructor(limits: HashQueueLimits = defaultHashQueueLimits) {
    this.#limits = limits;
  }

  /** Hashes under way and waiting, for gauges. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running, waiting: this.#waitingCount };
  }

  /**
   * Does `work` when the turn of `source` has come.
   *
   * @throws WherryError `unavailable` when too many wait, `aborted` when the signal fires before the work began
   */
  async run<T>(source: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw stopped();
    if (this.#running < this.#limits.running && this.#waitingCount === 0) this.#running += 1;
    else await this.#waitForTurn(source, signal);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#startNext();
    }
  }

  #waitForTurn(source: string, signal: AbortSignal): Promise<void> {
    this.#makeRoom(source);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const onAbort = () => {
      this.#remove(source, job);
      reject(stopped());
    };
    const job: Job = {
      start: () => {
        signal.removeEventListener('abort', onAbort);
        resolve(undefined);
      },
      refuse: (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const jobs = this.#waiting.get(source);
    if (jobs === undefined) this.#waiting.set(source, [job]);
    else jobs.push(job);
    this.#waitingCount += 1;
    return promise;
  }

  #makeRoom(source: string): void {
    const own = this.#waiting.get(source)?.length ?? 0;
    if (own >= this.#limits.waitingPerSource) throw crowded();
    if (this.#waitingCount < this.#limits.waiting) return;
    let longest = own + 1;
    let displaced: { readonly source: string; readonly job: Job } | null = null;
    for (const [other, jobs] of this.#waiting) {
      const newest = jobs.at(-1);
      if (newest === undefined || jobs.length <= longest) continue;
      longest = jobs.length;
      displaced = { source: other, job: newest };
    }
    if (displaced === null) throw crowded();
    this.#remove(displaced.source, displaced.job);
    displaced.job.refuse(crowded());
  }

  #remove(source: string, job: Job): void {
    const jobs = this.#waiting.get(source) ?? [];
    const index = jobs.indexOf(job);
    if (index === -1) return;
    jobs.splice(index, 1);
    this.#waitingCount -= 1;
    if (jobs.length === 0) this.#waiting.delete(source);
  }

  #startNext(): void {
    const turn = this.#waiting.entries().next().value;
    if (turn === undefined) return;
    const [source, jobs] = turn;
    const job = jobs.shift();
    if (job === undefined) return;
    this.#waitingCount -= 1;
    this.#waiting.delete(source);
    if (jobs.length > 0) this.#waiting.set(source, jobs);
    this.#running += 1;
    job.start();
  }
}

function crowded(): WherryError {
  return new WherryError('unavailable', 'Cannot check the password: too many logins are under way');
}

function stopped(): WherryError {
  return new WherryError('aborted', 'Cannot check the password: the login was stopped');
}
