/** What a request does to what a lane stands for. Equal modes go together, but for `exclusive`. */
export type LaneMode = 'read' | 'write' | 'exclusive';

interface Waiting {
  readonly mode: LaneMode;
  readonly grant: () => void;
}

/**
 * The order of requests on one file, or on the tree of names. Requests are let in as they came; reads run beside reads
 * and writes of different places beside writes, and everything else alone. As every request lines up in all of its
 * lanes at once when it arrives, none can wait for another in a circle.
 */
export class Lane {
  #mode: LaneMode = 'read';
  #holders = 0;
  readonly #waiting: Waiting[] = [];

  /** Whether something other than reading is under way or waits. */
  get changing(): boolean {
    return (this.#holders > 0 && this.#mode !== 'read') || this.#waiting.length > 0;
  }

  /** Lines up; `grant` is called at once or later. */
  enter(mode: LaneMode, grant: () => void): void {
    if (this.#waiting.length === 0 && this.#admits(mode)) {
      this.#take(mode);
      grant();
    } else {
      this.#waiting.push({ mode, grant });
    }
  }

  leave(): void {
    this.#holders -= 1;
    for (
      let next = this.#waiting[0];
      next !== undefined && this.#admits(next.mode);
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#take(next.mode);
      next.grant();
    }
  }

  #admits(mode: LaneMode): boolean {
    return this.#holders === 0 || (this.#mode === mode && mode !== 'exclusive');
  }

  #take(mode: LaneMode): void {
    this.#mode = mode;
    this.#holders += 1;
  }
}
