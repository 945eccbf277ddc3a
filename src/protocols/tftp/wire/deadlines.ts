/** Something that waits until a moment of the monotonic clock. */
export interface Waiter {
  /** Milliseconds of `performance.now()`; infinite while there is nothing to wait for. */
  readonly deadlineMs: number;
  onDeadline(nowMs: number): void;
}

/**
 * One coarse timer for any number of waits. A packet that arrives moves a number, not a timer: with thousands of
 * transfers nothing is started or stopped per packet, and a look at all of them costs microseconds.
 */
export class Deadlines {
  readonly #waiters = new Set<Waiter>();
  readonly #released = new Set<Waiter>();
  readonly #resolutionMs: number;
  #timer: NodeJS.Timeout | null = null;

  /** @param resolutionMs how late a waiter may be called */
  constructor(resolutionMs: number) {
    this.#resolutionMs = resolutionMs;
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#timer ??= setInterval(() => {
      this.#look();
    }, this.#resolutionMs);
    this.#timer.ref();
  }

  /** Goes on calling a waiter, but lets the program end although it waits. */
  release(waiter: Waiter): void {
    this.#released.add(waiter);
    if (this.#released.size === this.#waiters.size) this.#timer?.unref();
  }

  remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#released.delete(waiter);
    if (this.#timer === null) return;
    if (this.#waiters.size === 0) {
      clearInterval(this.#timer);
      this.#timer = null;
    } else if (this.#released.size === this.#waiters.size) {
      this.#timer.unref();
    }
  }

  #look(): void {
    const nowMs = performance.now();
    for (const waiter of this.#waiters) {
      if (waiter.deadlineMs <= nowMs) waiter.onDeadline(nowMs);
    }
  }
}
