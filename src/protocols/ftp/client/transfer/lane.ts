import { WherryError } from '#core/errors.ts';

/**
 * Lets transfers onto a session in the order in which they came: one at a time, or as many as there are places of those
 * that can be side by side.
 */
export class Lane {
  readonly #places: number;
  readonly #waiting: { readonly enter: () => void; readonly shares: () => boolean }[] = [];
  #taken = 0;
  /** Whether whoever is inside lets others in beside. */
  #shared = true;

  constructor(places = 1) {
    this.#places = places;
  }

  /** Whether somebody waits for the lane. */
  get wanted(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Waits for the lane; call what it gives to leave it. Safe to call twice.
   *
   * @param shares whether others may be on it at the same time, asked when there is a place
   * @throws WherryError `aborted`
   */
  async enter(signal: AbortSignal | undefined, shares = never): Promise<() => void> {
    if (signal?.aborted === true) throw aborted();
    if (this.#waiting.length > 0 || !this.#hasRoom(shares())) await this.#queue(signal, shares);
    else this.#take(shares());
    let left = false;
    return () => {
      if (left) return;
      left = true;
      // What follows the last transfer, as its new name, is sent before the next one keeps the server busy.
      setImmediate(() => {
        this.#taken -= 1;
        this.#admit();
      });
    };
  }

  #hasRoom(shares: boolean): boolean {
    return this.#taken === 0 || (shares && this.#shared && this.#taken < this.#places);
  }

  #take(shares: boolean): void {
    this.#taken += 1;
    this.#shared = shares;
  }

  #admit(): void {
    for (
      let [next] = this.#waiting;
      next !== undefined && this.#hasRoom(next.shares());
      [next] = this.#waiting
    ) {
      this.#waiting.shift();
      this.#take(next.shares());
      next.enter();
    }
  }

  async #queue(signal: AbortSignal | undefined, shares: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const place = { enter, shares };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(place), 1);
        reject(aborted());
        // Whoever stood behind may go where this one could not.
        this.#admit();
      };
      this.#waiting.push(place);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }
}

function never(): boolean {
  return false;
}

function aborted(): WherryError {
  return new WherryError('aborted', 'The transfer was stopped before it began');
}
