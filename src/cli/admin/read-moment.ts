import { parseDuration } from '#server/config/quantities.ts';

/** ISO 8601 as far as people write it: a day, or a time of it. */
const datePattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/u;

/**
 * Reads a date as `2030-12-31` (in UTC) or `2030-12-31T18:00Z`. What `Date` takes beside that is refused: a lone number
 * is a year to it, and the 31st of February a day in March.
 *
 * @returns milliseconds since 1970; null for what is no date
 */
export function readDate(text: string): number | null {
  const [, year, month, day] = datePattern.exec(text) ?? [];
  const time = Date.parse(text);
  if (year === undefined || Number.isNaN(time)) return null;
  const written = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return written.getUTCDate() === Number(day) ? time : null;
}

/** A date, or a time from now on as `90d`. @returns null for neither */
export function readFuture(text: string): number | null {
  const duration = parseDuration(text);
  return duration === null ? readDate(text) : Date.now() + duration;
}

/** A date, or a time before now as `2h`. @returns null for neither */
export function readPast(text: string): number | null {
  const duration = parseDuration(text);
  return duration === null ? readDate(text) : Date.now() - duration;
}
