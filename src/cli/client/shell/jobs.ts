/** Something that goes on in the background. */
export interface ShellJob {
  readonly number: number;
  readonly line: string;
  readonly controller: AbortController;
  /** Settles, never fails, when the job is over. */
  readonly ended: Promise<void>;
}

/** News that nobody asks for, as in a script, are not kept for ever. */
const mostNews = 100;

/** The jobs of a shell: those that were ended by `&`, and the queue, which is worked off one after the other. */
export class Jobs {
  readonly #jobs = new Map<number, ShellJob>();
  readonly #news: string[] = [];
  #last = 0;
  #queueTail: Promise<void> = Promise.resolve();

  get running(): readonly ShellJob[] {
    return [...this.#jobs.values()];
  }

  find(number: number): ShellJob | null {
    return this.#jobs.get(number) ?? null;
  }

  /** @param run must tell of its failures itself */
  start(line: string, run: (signal: AbortSignal) => Promise<void>): ShellJob {
    const controller = new AbortController();
    return this.#add(line, controller, run(controller.signal));
  }

  /** As {@link start}, after everything that was put into the queue before. */
  enqueue(line: string, run: (signal: AbortSignal) => Promise<void>): ShellJob {
    const controller = new AbortController();
    const ended = this.#queueTail.then(async () => {
      if (!controller.signal.aborted) await run(controller.signal);
    });
    this.#queueTail = ended;
    return this.#add(line, controller, ended);
  }

  /** What has ended since this was asked last, a line each. */
  takeNews(): readonly string[] {
    return this.#news.splice(0);
  }

  /** Waits for all jobs, or until the signal. */
  async wait(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<undefined>();
    const stop = (): void => {
      aborted.resolve(undefined);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([Promise.all(this.running.map(({ ended }) => ended)), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  stopAll(): void {
    for (const { controller } of this.#jobs.values()) controller.abort();
  }

  #add(line: string, controller: AbortController, run: Promise<void>): ShellJob {
    this.#last += 1;
    const number = this.#last;
    const ended = run
      .catch(() => undefined)
      .then(() => {
        this.#jobs.delete(number);
        this.#news.push(`[${number}] ${controller.signal.aborted ? 'stopped' : 'ended'}  ${line}`);
        if (this.#news.length > mostNews) this.#news.shift();
      });
    const job = { number, line, controller, ended };
    this.#jobs.set(number, job);
    return job;
  }
}
