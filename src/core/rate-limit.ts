import { setTimeout as delay } from 'node:timers/promises';

/** Longest time whose octets may pass at once after a pause, so that a limit stays smooth. */
const burstMs = 250;

/**
 * A token bucket in octets. Several transfers may share one: they wait in turn, and together keep the rate.
 */
export class RateLimiter {
  #bytesPerSecond: number;
  /** The moment, by the monotonic clock, up to which everything granted so far has been paid. */
  #paidUntilMs = 0;

  /** @param bytesPerSecond 0 for no limit */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Changes the limit for what is taken from now on; running transfers notice with their next piece. */
  set bytesPerSecond(value: number) {
    this.#bytesPerSecond = value;
  }

  /** How many octets one piece should have at most so that waiting stays short. */
  get pieceSize(): number {
    if (this.#bytesPerSecond === 0) return Number.POSITIVE_INFINITY;
    return Math.max(1024, Math.ceil((this.#bytesPerSecond * burstMs) / 1000));
  }

  /** Waits until `bytes` octets may have passed. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.#bytesPerSecond === 0) return;
    const now = performance.now();
    const start = Math.max(this.#paidUntilMs, now - burstMs);
    this.#paidUntilMs = start + (bytes * 1000) / this.#bytesPerSecond;
    const waitMs = this.#paidUntilMs - now;
    if (waitMs > 0) await delay(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}
