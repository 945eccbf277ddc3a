/**
 * The one place that undoes what the bench does: processes, temporary trees. The undoing runs in reverse order at the end,
 * after an error and on SIGINT, SIGTERM or SIGHUP, each step once.
 */
export class Cleanup {
  readonly #steps: Array<() => Promise<void> | void> = [];
  #running: Promise<void> | undefined;

  /** Whether nothing new may be started. */
  get started(): boolean {
    return this.#running !== undefined;
  }

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  run(): Promise<void> {
    this.#running ??= this.#undo();
    return this.#running;
  }

  handleSignals(): void {
    for (const [signal, status] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => {
        void this.run().finally(() => process.exit(status));
      });
    }
  }

  async #undo(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`bench: cannot clean up: ${String(error)}\n`);
      }
    }
  }
}
