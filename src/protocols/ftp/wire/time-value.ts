import { WherryError } from '#core/errors.ts';

const dayMs = 86_400_000;
const earliestMs = -62_167_219_200_000;
const latestMs = 253_402_300_799_999;

/** A year, month (1 to 12) and day of the Gregorian calendar, in UTC. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * The date of a number of days since 1970-01-01, by integer arithmetic on the 400-year cycle of the calendar
 * (146,097 days, years beginning in March so that the leap day comes last).
 */
export function dayToCalendar(days: number): CalendarDay {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** `00` to `99`. */
export const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, value) =>
  value.toString().padStart(2, '0'),
);

/** Brings a time into the years 0000 to 9999, the only ones that four digits can say. */
export function clampTime(timeMs: number): number {
  if (timeMs < earliestMs || Number.isNaN(timeMs)) return earliestMs;
  return timeMs > latestMs ? latestMs : timeMs;
}

const fractions: readonly string[] = Array.from({ length: 1000 }, (_, value) =>
  value === 0 ? '' : `.${value.toString().padStart(3, '0')}`,
);

/** Writes a time; see {@link formatTimeValue}. */
export type TimeFormatter = (timeMs: number, withFraction?: boolean) => string;

/**
 * Makes a formatter that keeps the date from call to call, because the files of a directory tend to be of few days.
 * Times of different kinds (changed, made) are written fastest by a formatter each.
 */
export function createTimeFormatter(): TimeFormatter {
  let cachedDay = Number.NaN;
  let cachedDate = '';
  return (timeMs, withFraction = false) => {
    const time = clampTime(timeMs);
    const day = Math.floor(time / dayMs);
    if (day !== cachedDay) {
      cachedDate = formatDate(dayToCalendar(day));
      cachedDay = day;
    }
    const milliseconds = Math.floor(time - day * dayMs);
    const seconds = (milliseconds / 1000) | 0;
    const minutes = (seconds / 60) | 0;
    const hours = (minutes / 60) | 0;
    const text =
      cachedDate + twoDigits[hours] + twoDigits[minutes - hours * 60] + twoDigits[seconds - minutes * 60];
    return withFraction ? text + fractions[milliseconds - seconds * 1000] : text;
  };
}

function formatDate({ year, month, day }: CalendarDay): string {
  return `${twoDigits[Math.floor(year / 100)]}${twoDigits[year % 100]}${twoDigits[month]}${twoDigits[day]}`;
}

/**
 * `YYYYMMDDHHMMSS` in UTC, with `.sss` when `withFraction` is set and the fraction is not 0 (RFC 3659 section 2.3).
 * The time is in milliseconds since 1970 and is brought into the years 0000 to 9999.
 */
export const formatTimeValue: TimeFormatter = createTimeFormatter();

const octetOfZero = 0x30;
const fraction = /^\.\d{1,9}$/;

/**
 * Reads `YYYYMMDDHHMMSS[.s…]` into milliseconds since 1970 in UTC; null unless the date exists (29 February only in
 * leap years; second 60 is allowed by RFC 3659 and counts as the next minute).
 */
export function readTimeValue(text: string): number | null {
  return timeOf(text, 14);
}

/**
 * As {@link readTimeValue}.
 *
 * @throws WherryError `invalid-argument`
 */
export function parseTimeValue(text: string): number {
  const time = readTimeValue(text);
  if (time === null)
    throw new WherryError('invalid-argument', 'A time is YYYYMMDDHHMMSS in UTC and must exist');
  return time;
}

/** As {@link readTimeValue}, but the seconds may be missing: the `YYYYMMDDhhmm[ss]` of SITE UTIME. */
export function readShortTimeValue(text: string): number | null {
  return timeOf(text, text.length === 12 ? 12 : 14);
}

/** By hand: of all that a listing takes to be read, its times took most. */
function timeOf(text: string, digits: 12 | 14): number | null {
  const year = numberAt(text, 0, 4);
  const month = numberAt(text, 4, 6);
  const day = numberAt(text, 6, 8);
  const hour = numberAt(text, 8, 10);
  const minute = numberAt(text, 10, 12);
  const second = digits === 14 ? numberAt(text, 12, 14) : 0;
  // Not a number, where one is none, is in no range.
  if (!(year >= 0 && hour <= 23 && minute <= 59 && second <= 60)) return null;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return null;
  const rest = text.length === digits ? '' : text.slice(digits);
  if (rest !== '' && !fraction.test(rest)) return null;
  const seconds = (hour * 60 + minute) * 60 + second;
  return calendarToDay({ year, month, day }) * dayMs + seconds * 1000 + Number(`0${rest}`) * 1000;
}

/** What the digits from one place to another say; not a number where one is no digit or is not there. */
function numberAt(text: string, start: number, end: number): number {
  let value = 0;
  for (let place = start; place < end; place += 1) {
    const digit = text.charCodeAt(place) - octetOfZero;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Days since 1970-01-01; the inverse of {@link dayToCalendar}. */
export function calendarToDay({ year, month, day }: CalendarDay): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
