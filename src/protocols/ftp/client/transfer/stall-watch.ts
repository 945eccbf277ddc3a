const checksPerTimeout = 4;

/** Notices that a data connection makes this side wait too long; the time in which nobody asks it for anything is free. */
export class StallWatch {
  readonly #timeoutMs: number;
  readonly #onExpiry: () => void;
  readonly #isDue: () => boolean;
  #waitingSinceMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #expired = false;

  /** @param isDue whether the other side has begun; what waits for its turn there does not stall */
  constructor(timeoutMs: number, onExpiry: () => void, isDue: () => boolean = () => true) {
    this.#timeoutMs = timeoutMs;
    this.#onExpiry = onExpiry;
    this.#isDue = isDue;
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
    if (this.#waitingSinceMs !== null && !this.#isDue()) this.#waitingSinceMs = performance.now();
    if (this.#waitingSinceMs === null || performance.now() - this.#waitingSinceMs < this.#timeoutMs) return;
    this.#expired = true;
    this.stop();
    this.#onExpiry();
  }
}
