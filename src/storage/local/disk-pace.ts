import type { Awaitable } from '#core/awaitable.ts';

/** A directory change in memory takes some ten microseconds; one this slow has waited for the disk, not for a processor. */
const slowImmediateMs = 10;

/** The same in another thread, where the way there and back, and a busy event loop, count too. */
const slowBackgroundMs = 30;

/** How long after a slow call the disk counts as busy. */
const restMs = 1000;

/**
 * Decides where short changes of a directory run. In this thread they cost less than the way
 * through the thread pool, but while a disk is busy each may take its time, and every session would wait for it. So after
 * one slow call all go to the pool, until none has been slow for a while.
 */
export class DiskPace {
  #busyUntil = -Infinity;

  /** Runs one of two ways to do the same. */
  run<T>(immediately: () => T, inBackground: () => Promise<T>): Awaitable<T> {
    const start = performance.now();
    if (start < this.#busyUntil) {
      return inBackground().finally(() => {
        this.#note(start, slowBackgroundMs);
      });
    }
    try {
      return immediately();
    } finally {
      this.#note(start, slowImmediateMs);
    }
  }

  #note(start: number, slowMs: number): void {
    const end = performance.now();
    if (end - start > slowMs) this.#busyUntil = end + restMs;
  }
}
