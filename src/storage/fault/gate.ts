/** Holds an operation until a test lets it go on, so that "slow" needs no clock. */
export class Gate {
  /** Settles when the first operation has come to the gate. */
  readonly reached: Promise<void>;
  readonly #opened: Promise<void>;
  readonly #markReached: () => void;
  readonly #open: () => void;

  constructor() {
    const reached = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    this.reached = reached.promise;
    this.#opened = opened.promise;
    this.#markReached = reached.resolve;
    this.#open = opened.resolve;
  }

  /** Lets go whatever waits, and everything that comes later. */
  release(): void {
    this.#open();
  }

  /** Waits for {@link Gate.release} or the signal, whichever is first. */
  async pass(signal?: AbortSignal): Promise<void> {
    this.#markReached();
    if (signal === undefined) return this.#opened;
    if (signal.aborted) return undefined;
    const aborted = Promise.withResolvers<void>();
    const stop = (): void => {
      aborted.resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([this.#opened, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
    return undefined;
  }
}
