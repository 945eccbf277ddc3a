/**
 * Earlier than any clock that is right can be where this program runs: machines without a battery for theirs begin in 1970,
 * or at the date of their firmware.
 */
export const earliestPlausibleMs = Date.UTC(2025, 0, 1);

/**
 * The time as far as it is known by more than the system's clock, which may be wrong when the program starts: it is at
 * least as late as what was written down before. Times are milliseconds since 1970.
 */
export class KnownTime {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  /** The latest known time, put back to the moment at which the monotonic clock stood at 0. */
  #originMs: number;

  /**
   * @param wall the system's clock
   * @param monotonic milliseconds since some moment, which nobody sets
   */
  constructor(wall: () => number = () => Date.now(), monotonic: () => number = () => performance.now()) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#originMs = earliestPlausibleMs - monotonic();
  }

  /** Says that it is `time` or later. */
  note(time: number): void {
    this.#originMs = Math.max(this.#originMs, time - this.#monotonic());
  }

  /** For deciding whether something has expired: never earlier than what is known, so that nothing comes back to life. */
  forExpiry(): number {
    return Math.max(this.#wall(), this.#originMs + this.#monotonic());
  }

  /**
   * For writing down when something happened: what the clock says, unless it cannot be right. Where it is only earlier than
   * what was written before, either may be the wrong one, and the next record shows which.
   */
  forRecords(): number {
    const wall = this.#wall();
    return wall < earliestPlausibleMs ? this.forExpiry() : wall;
  }

  /** How far the clock is behind what is known, in milliseconds; 0 when it is not. */
  lagMs(): number {
    return this.forExpiry() - this.#wall();
  }
}

/** Of this machine, whose clock all share. */
export const knownTime = new KnownTime();

/** A clock that is behind by less is being set by a time server, and nobody's concern. */
const tolerableLagMs = 300_000;

/** What is wrong with the system's clock, and what to do about it. */
export interface ClockProblem {
  readonly reason: string;
  readonly cure: string;
}

/** What is wrong with the system's clock; null where nothing is. */
export function clockProblem(time: KnownTime = knownTime): ClockProblem | null {
  const lagMs = time.lagMs();
  if (lagMs <= tolerableLagMs) return null;
  const [says, knows] = [time.forExpiry() - lagMs, time.forExpiry()].map(inWords);
  return {
    reason: `The system clock says ${says}, but it was ${knows} already: until then what has expired stays expired, and times in the log are wrong`,
    cure: 'set the clock (timedatectl set-ntp true, or date -s) if it is wrong, then restart wherry, which goes by the last record of its audit',
  };
}

function inWords(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/u, 'Z');
}
