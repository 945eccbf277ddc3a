/** How long to wait for a peer, in milliseconds, and how often to try again. */
export interface RetransmissionTimes {
  /** The first wait, before anything has been measured. */
  readonly initialMs: number;
  readonly minimumMs: number;
  readonly maximumMs: number;
  /** Times that a packet is sent again before the transfer is given up. */
  readonly retries: number;
  /** The longest silence, however many tries are left (no limit of its own). */
  readonly patienceMs?: number | undefined;
}

/**
 * Common sense of RFC 6298 for a machine room: a first try again after a second, 200 ms at the least for a peer
 * that writes to flash, five tries, which together wait for 23 seconds.
 */
export const defaultRetransmissionTimes: RetransmissionTimes = Object.freeze({
  initialMs: 1000,
  minimumMs: 200,
  maximumMs: 8000,
  retries: 5,
});

/** Share of a wait that chance takes off or adds, so that peers which failed together do not come back together. */
const jitter = 0.1;

/**
 * When to send again (RFC 1123 section 4.2.3.2): the wait follows the round trips that were measured (RFC 6298, with
 * Karn's rule), doubles with every try in vain, and ends after a number of them. It holds no timer of its own;
 * its owner looks at {@link deadlineMs}.
 */
export class Retransmission {
  /** The moment of the monotonic clock at which to try again; infinite while nothing is expected. */
  deadlineMs = Number.POSITIVE_INFINITY;
  readonly #times: RetransmissionTimes;
  readonly #random: () => number;
  #firstMs: number;
  #intervalMs: number;
  #minimumMs: number;
  #maximumMs: number;
  #smoothedMs = -1;
  #variationMs = 0;
  #sentAtMs = -1;
  #tries = 0;
  /** When patience ends, reckoned from the first time that something was sent. */
  #giveUpAtMs = Number.POSITIVE_INFINITY;

  constructor(times: RetransmissionTimes, random: () => number = Math.random) {
    this.#times = times;
    this.#random = random;
    this.#firstMs = times.initialMs;
    this.#intervalMs = times.initialMs;
    this.#minimumMs = times.minimumMs;
    this.#maximumMs = times.maximumMs;
  }

  /** Takes the interval that both sides have agreed on (RFC 2349): the first wait, and the shortest. */
  agree(intervalMs: number): void {
    this.#firstMs = intervalMs;
    this.#intervalMs = intervalMs;
    this.#minimumMs = intervalMs;
    this.#maximumMs = Math.max(this.#maximumMs, intervalMs);
  }

  /** Something was sent that asks for an answer. */
  sent(nowMs: number): void {
    this.#sentAtMs = nowMs;
    if (this.#tries === 0) this.#giveUpAtMs = nowMs + (this.#times.patienceMs ?? Number.POSITIVE_INFINITY);
    this.deadlineMs = Math.min(nowMs + this.#intervalMs, this.#giveUpAtMs);
  }

  /** The answer has come: nothing is expected until something is {@link sent} again. */
  answered(nowMs: number): void {
    if (this.#tries > 0) {
      // Which of the tries was answered nobody knows (Karn).
      this.#tries = 0;
      this.#intervalMs = this.#smoothedMs < 0 ? this.#firstMs : this.#waitFor();
    } else if (this.#sentAtMs >= 0) {
      this.#measure(nowMs - this.#sentAtMs);
    }
    this.rest();
  }

  /**
   * Somebody else has sent and was answered, more than once perhaps, and has sent again.
   *
   * @param quietMs milliseconds since the last answer
   * @param roundTripMs a round trip that was measured on the way; null where there was none to measure
   */
  answeredElsewhere(
    { quietMs, roundTripMs }: { readonly quietMs: number; readonly roundTripMs: number | null },
    nowMs: number,
  ): void {
    const answeredAtMs = nowMs - quietMs;
    if (roundTripMs === null) this.rest();
    else this.sent(answeredAtMs - roundTripMs);
    this.answered(answeredAtMs);
    this.sent(answeredAtMs);
  }

  /** Nothing is expected for now. */
  rest(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#sentAtMs = -1;
  }

  /**
   * Takes one of the tries that are left.
   *
   * @returns false when there is none; the transfer is then to be given up
   */
  tryAgain(nowMs: number): boolean {
    if (this.#tries >= this.#times.retries || nowMs >= this.#giveUpAtMs) return false;
    this.#tries += 1;
    this.#intervalMs = Math.min(this.#intervalMs * 2, this.#maximumMs);
    const share = 1 + jitter * (2 * this.#random() - 1);
    this.deadlineMs = Math.min(nowMs + this.#intervalMs * share, this.#giveUpAtMs);
    return true;
  }

  /** The time to stay after the end for a peer that repeats its last packet: two of the longest waits. */
  get lingerMs(): number {
    return 2 * this.#maximumMs;
  }

  #measure(tookMs: number): void {
    if (this.#smoothedMs < 0) {
      this.#smoothedMs = tookMs;
      this.#variationMs = tookMs / 2;
    } else {
      this.#variationMs += (Math.abs(tookMs - this.#smoothedMs) - this.#variationMs) / 4;
      this.#smoothedMs += (tookMs - this.#smoothedMs) / 8;
    }
    this.#intervalMs = this.#waitFor();
  }

  #waitFor(): number {
    const waitMs = this.#smoothedMs + 4 * this.#variationMs;
    return Math.min(Math.max(waitMs, this.#minimumMs), this.#maximumMs);
  }
}
