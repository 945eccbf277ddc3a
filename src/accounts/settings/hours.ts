import type { AllowedHours, HourRange, Weekday } from './settings.ts';
import { weekdays } from './settings.ts';

const minutesPerDay = 1440;

/** Minutes since midnight that `HH:MM` names, `24:00` among them; null for any other text. */
export function parseTimeOfDay(text: string): number | null {
  const found = /^(\d{2}):(\d{2})$/u.exec(text);
  const hour = Number(found?.[1]);
  const minute = Number(found?.[2]);
  if (found === null || minute > 59) return null;
  const time = hour * 60 + minute;
  return time <= minutesPerDay ? time : null;
}

/** Whether the system knows the time zone of that name. */
export function isTimeZone(name: string): boolean {
  try {
    // Offsets as +01:00 are taken too, but they know no summer time; only names are meant.
    return /^[A-Za-z]/u.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** A test whether logging in is allowed at a time, in milliseconds since 1970 in UTC. */
export function compileHours(hours: AllowedHours): (at: number) => boolean {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: hours.timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => {
    const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, value]));
    const day = weekdays.indexOf((parts.get('weekday') ?? '').toLowerCase().slice(0, 3) as Weekday);
    const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
    return hours.ranges.some((range) => covers(range, day, minute));
  };
}

function covers({ days, from, to }: HourRange, day: number, minute: number): boolean {
  const start = parseTimeOfDay(from) ?? 0;
  const end = parseTimeOfDay(to) ?? 0;
  const isOn = (at: number): boolean => days.includes(weekdays[(at + 7) % 7] ?? 'mon');
  if (start < end) return isOn(day) && minute >= start && minute < end;
  return (isOn(day) && minute >= start) || (isOn(day - 1) && minute < end);
}
