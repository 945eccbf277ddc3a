import type { TimePrecision } from '#core/entry.ts';
import { calendarToDay, clampTime, dayToCalendar } from '../time-value.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Dates as a clock on a wall at the server shows them. Months are 1 to 12; what is missing counts as 0. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour?: number;
  readonly minute?: number;
  /** May have a fraction. */
  readonly second?: number;
}

/** A time of a listing in UTC, and how much of it the listing told. */
export interface Moment {
  /** Milliseconds since 1970 in UTC. */
  readonly at: number;
  readonly precision: TimePrecision;
}

/** Turns the times of a listing, which are those of the server's own clock and zone, into UTC. */
export class ServerClock {
  readonly #offsetMs: number;
  readonly #latest: number;
  readonly #thisYear: number;

  /**
   * @param nowMs milliseconds since 1970 in UTC
   * @param offsetMinutes how far the server's clock is ahead of UTC (120 for Central European Summer Time)
   */
  constructor(nowMs: number, offsetMinutes: number) {
    this.#offsetMs = offsetMinutes * minuteMs;
    const here = clampTime(nowMs + this.#offsetMs);
    // A day of grace: the zone may be unknown, and clocks differ.
    this.#latest = here + dayMs;
    this.#thisYear = dayToCalendar(Math.floor(here / dayMs)).year;
  }

  /** The moment of a full date; null when there is no such date. */
  toMoment(wall: WallTime, precision: TimePrecision): Moment | null {
    const local = wallToMs(wall);
    return local === null ? null : { at: local - this.#offsetMs, precision };
  }

  /** The moment of a date without a year: the latest one that has passed, as `ls` means it. */
  toRecentMoment(wall: Omit<WallTime, 'year'>, precision: TimePrecision): Moment | null {
    // 29 February may be up to eight years back (1896 to 1904, 2096 to 2104).
    for (let year = this.#thisYear + 1; year >= this.#thisYear - 8; year -= 1) {
      const local = wallToMs({ ...wall, year });
      if (local !== null && local <= this.#latest) return { at: local - this.#offsetMs, precision };
    }
    return null;
  }
}

/** Milliseconds since 1970 of a wall time taken as UTC; null when the calendar or the clock has no such time. */
export function wallToMs(wall: WallTime): number | null {
  const { year, month, day, hour = 0, minute = 0, second = 0 } = wall;
  if (hour > 23 || minute > 59 || second >= 61 || month < 1 || month > 12 || day < 1) return null;
  const days = calendarToDay({ year, month, day });
  const real = dayToCalendar(days);
  if (real.month !== month || real.day !== day) return null;
  return days * dayMs + (hour * 60 + minute) * minuteMs + second * 1000;
}

/** The year that two digits stand for, as every listing since the 1990s means them: 70 is 1970, 69 is 2069. */
export function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length >= 4) return year;
  // Servers that count years from 1900 write 103 for 2003.
  return digits.length === 3 || year >= 70 ? 1900 + year : 2000 + year;
}

const timeText = /^(\d{1,2})[:h](\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([ap])m?)?$/i;

/** A time of day, as far as it was told. */
export interface DayTime {
  readonly hour: number;
  readonly minute: number;
  readonly second?: number;
  readonly precision: TimePrecision;
}

/** Reads `9:05`, `09:05:59`, `09:05:59.123456789`, `9:05PM`, `10h30`; null for anything else. */
export function readDayTime(text: string): DayTime | null {
  const match = timeText.exec(text);
  if (match === null) return null;
  const [, hours = '', minutes = '', seconds, fraction, half] = match;
  const hour =
    half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  if (hour > 23 || (half !== undefined && (Number(hours) > 12 || hours === '0'))) return null;
  const minute = Number(minutes);
  if (seconds === undefined) return { hour, minute, precision: 'minute' };
  if (fraction === undefined) return { hour, minute, second: Number(seconds), precision: 'second' };
  return { hour, minute, second: Number(`${seconds}.${fraction}`), precision: 'subsecond' };
}
