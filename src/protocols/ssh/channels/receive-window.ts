import type { SshLimits } from '../limits.ts';
import { protocolError } from '../wire/ssh-error.ts';

/** Window that a connection's channels may have beyond their first one, so that many of them stay bounded. */
export class WindowBudget {
  #left: number;

  constructor(octets: number) {
    this.#left = octets;
  }

  /** Takes up to `octets`. */
  take(octets: number): number {
    const taken = Math.min(octets, this.#left);
    this.#left -= taken;
    return taken;
  }

  giveBack(octets: number): void {
    this.#left += octets;
  }
}

/**
 * What the peer may still send on a channel (RFC 4254 section 5.2). Only what the reader has taken is given back, so
 * a slow reader slows the peer. Over distance it is the octets under way that decide: while a whole window's worth of
 * data takes less than two round trips and the reader keeps up, the window doubles; when data piles up it shrinks
 * again. Near by it stays small, because peers keep what they may send in memory and slow down with too much of it.
 */
export class ReceiveWindow {
  readonly #limits: SshLimits;
  readonly #budget: WindowBudget;
  /** Milliseconds of a round trip; 0 while unknown. */
  readonly #roundTripMs: () => number;
  /** What the peer is allowed in all, ahead of the reader. */
  #size: number;
  /** What it may send now. */
  #open: number;
  #consumed = 0;
  #consumedSince = performance.now();
  #fromBudget = 0;
  #active = false;
  #widened = false;

  constructor(limits: SshLimits, budget: WindowBudget, roundTripMs: () => number) {
    this.#limits = limits;
    this.#budget = budget;
    this.#roundTripMs = roundTripMs;
    this.#size = limits.initialWindow;
    this.#open = limits.initialWindow;
  }

  /**
   * Counts data that came in.
   *
   * @throws SshDisconnect (`protocol`) when it is more than was allowed
   */
  receive(length: number): void {
    if (length > this.#open || length > this.#limits.channelPacket) {
      throw protocolError('More data came on a channel than its window allows');
    }
    this.#open -= length;
  }

  /** Widens a new channel's window to the usual one, since somebody reads now. */
  activate(): void {
    if (this.#active) return;
    this.#active = true;
    this.#size = Math.max(this.#size, this.#limits.window);
    this.#widenByDistance();
  }

  /** Begins with a share of what a fast link of this length holds, once its length is known. */
  #widenByDistance(): void {
    const roundTripMs = this.#roundTripMs();
    if (this.#widened || roundTripMs === 0) return;
    this.#widened = true;
    const { maximumWindow, windowPerMs } = this.#limits;
    const wanted = Math.min(maximumWindow, Math.floor(roundTripMs * windowPerMs)) - this.#size;
    if (wanted <= 0) return;
    const taken = this.#budget.take(wanted);
    this.#fromBudget += taken;
    this.#size += taken;
  }

  /** Counts data that the reader took, while `waiting` octets stay behind. */
  consume(length: number, waiting: number): void {
    this.#consumed += length;
    if (!this.#widened && this.#active) this.#widenByDistance();
    if (waiting > this.#size / 2) this.#shrink();
    else if (this.#consumed >= this.#size) this.#review(waiting);
  }

  /** What to add to the peer's window now, 0 while it is too little to be worth a message. */
  adjustment(waiting: number): number {
    const missing = this.#size - this.#open - waiting;
    if (missing < this.#size / 4) return 0;
    this.#open += missing;
    return missing;
  }

  /** Gives back what was taken of the connection's budget. */
  release(): void {
    this.#budget.giveBack(this.#fromBudget);
    this.#fromBudget = 0;
  }

  #review(waiting: number): void {
    const now = performance.now();
    const tookMs = now - this.#consumedSince;
    // A burst that was read at once still waits for its turn; that is no reader who falls behind.
    if (waiting <= this.#size / 8 && tookMs < 2 * this.#roundTripMs()) {
      const wanted = Math.min(this.#size, this.#limits.maximumWindow - this.#size);
      const taken = wanted > 0 ? this.#budget.take(wanted) : 0;
      this.#fromBudget += taken;
      this.#size += taken;
    }
    this.#consumed = 0;
    this.#consumedSince = now;
  }

  #shrink(): void {
    const given = Math.min(this.#fromBudget, Math.floor(this.#size / 2));
    this.#budget.giveBack(given);
    this.#fromBudget -= given;
    this.#size -= given;
    this.#consumed = 0;
    this.#consumedSince = performance.now();
  }
}
