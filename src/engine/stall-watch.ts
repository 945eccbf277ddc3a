import type { ByteChannel } from '#core/byte-channel.ts';
import type { TransferProgress } from './session.ts';

/** A time-out is noticed at most this fraction of it late. */
const checksPerTimeout = 4;
const longestCheckMs = 1000;
/** Fewer octets than this in a whole period count as none: an octet a minute must not hold a connection for ever. */
const leastProgress = 64;

/** Destroys the channel of a transfer when next to nothing has moved for a whole period. */
export class StallWatch {
  readonly #timeoutMs: number;
  readonly #progress: TransferProgress;
  #group: WatchGroup | null = null;
  #channel: ByteChannel | null = null;
  #seen = 0;
  #seenAtMs = 0;
  #expired = false;

  constructor(timeoutMs: number, progress: TransferProgress) {
    this.#timeoutMs = timeoutMs;
    this.#progress = progress;
  }

  /** Whether the transfer was ended for not moving. */
  get expired(): boolean {
    return this.#expired;
  }

  start(channel: ByteChannel): void {
    this.#channel = channel;
    this.#seen = this.#progress.bytes;
    this.#seenAtMs = performance.now();
    this.#group = WatchGroup.of(this.#timeoutMs);
    this.#group.add(this);
  }

  /** Safe to call twice. */
  stop(): void {
    this.#group?.remove(this);
    this.#group = null;
  }

  check(nowMs: number): void {
    const { bytes } = this.#progress;
    if (bytes - this.#seen >= leastProgress) {
      this.#seen = bytes;
      this.#seenAtMs = nowMs;
    } else if (nowMs - this.#seenAtMs >= this.#timeoutMs) {
      this.#expired = true;
      this.stop();
      this.#channel?.destroy();
    }
  }
}

/** The watches of one time-out share a timer, which runs only while there are some: small transfers come by thousands. */
class WatchGroup {
  static readonly #groups = new Map<number, WatchGroup>();
  readonly #intervalMs: number;
  readonly #watches = new Set<StallWatch>();
  #timer: NodeJS.Timeout | null = null;

  private constructor(timeoutMs: number) {
    this.#intervalMs = Math.min(timeoutMs / checksPerTimeout, longestCheckMs);
  }

  static of(timeoutMs: number): WatchGroup {
    const known = WatchGroup.#groups.get(timeoutMs);
    if (known !== undefined) return known;
    const group = new WatchGroup(timeoutMs);
    WatchGroup.#groups.set(timeoutMs, group);
    return group;
  }

  add(watch: StallWatch): void {
    this.#watches.add(watch);
    // What a transfer waits for keeps the process alive; its watch need not.
    this.#timer ??= setInterval(() => this.#check(), this.#intervalMs).unref();
  }

  remove(watch: StallWatch): void {
    this.#watches.delete(watch);
  }

  #check(): void {
    const nowMs = performance.now();
    for (const watch of this.#watches) watch.check(nowMs);
    if (this.#watches.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
