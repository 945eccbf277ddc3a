import { WherryError } from '#core/errors.ts';

/** Lets one transfer at a time onto the data connection of a session, in the order in which they came. */
export class Lane {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Whether somebody waits for the lane. */
  get wanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** Waits for the lane; call what it gives exactly once to leave it. @throws WherryError `aborted` */
  async enter(signal: AbortSignal | undefined): Promise<() => void> {
    if (signal?.aborted === true) throw aborted();
    if (this.#taken) await this.#queue(signal);
    this.#taken = true;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      // What follows the last transfer, as its new name, is sent before the next one keeps the server busy.
      setImmediate(() => {
        const next = this.#waiting.shift();
        if (next === undefined) this.#taken = false;
        else next();
      });
    };
  }

  async #queue(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(aborted());
      };
      this.#waiting.push(enter);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }
}

function aborted(): WherryError {
  return new WherryError('aborted', 'The transfer was stopped before it began');
}
