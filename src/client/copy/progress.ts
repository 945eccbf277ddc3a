/** How far a file has come. */
export interface TransferProgress {
  /** Octets of the file that are at the target, those of earlier tries with them. */
  readonly bytes: number;
  /** Octets of the whole file, where known. */
  readonly total: number | null;
  /** Smoothed over the last seconds. */
  readonly bytesPerSecond: number;
  /** By the smoothed rate; null while there is none. */
  readonly secondsLeft: number | null;
}

/** Hears how far a transfer has come, at most ten times a second and once at its end. It must not throw. */
export type ProgressListener = (progress: TransferProgress) => void;

/** Least time between two reports. */
const reportIntervalMs = 100;
/** Octets of this long ago weigh a third of those of now: slow enough to read, quick enough to show a stall. */
const smoothingMs = 3000;

/** Counts the octets of a transfer and tells of them at a pace that a person can follow. */
export class ProgressMeter {
  readonly #listener: ProgressListener | undefined;
  readonly #now: () => number;
  total: number | null = null;
  #bytes = 0;
  #rate = 0;
  #startedAtMs: number;
  #sampledAtMs: number;
  #unsampled = 0;

  /** @param now monotonic, in milliseconds */
  constructor(listener: ProgressListener | undefined, now: () => number = () => performance.now()) {
    this.#listener = listener;
    this.#now = now;
    this.#startedAtMs = now();
    this.#sampledAtMs = this.#startedAtMs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Begins a try at a position that earlier tries have reached. */
  startAt(bytes: number): void {
    this.#bytes = bytes;
  }

  /** Octets that have just arrived at the target. */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#unsampled += bytes;
    if (this.#now() - this.#sampledAtMs >= reportIntervalMs) this.#report();
  }

  /** The last report, whatever the time. */
  finish(): void {
    this.#report();
  }

  /** What a report would say at this moment. */
  current(): TransferProgress {
    const left = this.total === null ? null : Math.max(0, this.total - this.#bytes);
    const secondsLeft = left === null || this.#rate <= 0 ? null : left / this.#rate;
    return { bytes: this.#bytes, total: this.total, bytesPerSecond: this.#rate, secondsLeft };
  }

  #report(): void {
    const nowMs = this.#now();
    const passedMs = nowMs - this.#sampledAtMs;
    if (passedMs > 0) {
      const rate = (this.#unsampled * 1000) / passedMs;
      // The first moments have no past to be smoothed with: weigh them as far as they reach.
      const lifeMs = nowMs - this.#startedAtMs;
      const weight = 1 - Math.exp(-passedMs / Math.min(smoothingMs, Math.max(1, lifeMs)));
      this.#rate = this.#rate === 0 ? rate : this.#rate + (rate - this.#rate) * weight;
      this.#unsampled = 0;
      this.#sampledAtMs = nowMs;
    }
    this.#listener?.(this.current());
  }
}
