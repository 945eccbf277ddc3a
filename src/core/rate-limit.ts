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

  /** Whether anything is held back at all. */
  get limited(): boolean {
    return this.#bytesPerSecond > 0;
  }

  /** How many octets one piece should have at most so that waiting stays short. */
  get pieceSize(): number {
    if (this.#bytesPerSecond === 0) return Number.POSITIVE_INFINITY;
    return Math.max(1024, Math.ceil((this.#bytesPerSecond * burstMs) / 1000));
  }

  /**
   * Books `bytes` octets without waiting, for whoever waits for several limiters at once.
   *
   * @returns milliseconds after which they may pass; 0 for at once
   */
  reserve(bytes: number): number {
    if (this.#bytesPerSecond === 0) return 0;
    const now = performance.now();
    const start = Math.max(this.#paidUntilMs, now - burstMs);
    this.#paidUntilMs = start + (bytes * 1000) / this.#bytesPerSecond;
    return Math.max(0, this.#paidUntilMs - now);
  }

  /** Takes back what was booked and did not pass. */
  giveBack(bytes: number): void {
    if (this.#bytesPerSecond > 0) this.#paidUntilMs -= (bytes * 1000) / this.#bytesPerSecond;
  }

  /** Waits until `bytes` octets may have passed. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const waitMs = this.reserve(bytes);
    if (waitMs > 0) await delay(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}
