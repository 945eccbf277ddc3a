/** Lets steps run one after the other, in the order in which they were asked for. */
export class Lane {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whether a step runs or waits. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs a step once all before it are over, however they ended. */
  async alone<Result>(step: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    let open: () => void = () => undefined;
    this.#waiting += 1;
    this.#last = new Promise((resolve) => {
      open = resolve;
    });
    try {
      await before;
      return await step();
    } finally {
      this.#waiting -= 1;
      open();
    }
  }
}
