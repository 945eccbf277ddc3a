const checksPerTimeout = 4;

/** Notices that a data connection makes this side wait too long; the time in which nobody asks it for anything is free. */
export class StallWatch {
  readonly #timeoutMs: number;
  readonly #onExpiry: () => void;
  #waitingSinceMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #expired = false;

  constructor(timeoutMs: number, onExpiry: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onExpiry = onExpiry;
  }

  get expired(): boolean {
    return this.#expired;
  }

  /** Waits for a step of the transfer under watch. */
  async during<T>(step: Promise<T>): Promise<T> {
    this.#waitingSinceMs = performance.now();
    // One timer a transfer, not one a step.
    this.#timer ??= setInterval(() => this.#check(), this.#timeoutMs / checksPerTimeout).unref();
    try {
      return await step;
    } finally {
      this.#waitingSinceMs = null;
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #check(): void {
    if (this.#waitingSinceMs === null || performance.now() - this.#waitingSinceMs < this.#timeoutMs) return;
    this.#expired = true;
    this.stop();
    this.#onExpiry();
  }
}
