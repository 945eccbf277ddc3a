import type { UserChanges } from '#protocols/http/contract/admin/records.ts';
import { UsageError } from '../exit-codes.ts';

type AllowedHours = NonNullable<UserChanges['allowedHours']>;
type Weekday = AllowedHours['ranges'][number]['days'][number];

const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * Reads ranges as `mon-fri 08:00-18:00 Europe/Berlin`; the zone may be left out for that of this machine, and must be
 * the same in all. @throws UsageError
 */
export function readHours(texts: readonly string[], flag: string): AllowedHours {
  const read = texts.map((text) => {
    const [, days = '', from = '', to = '', zone = ''] =
      /^(\S+) +(\d\d:\d\d)-(\d\d:\d\d)(?: +(\S+))?$/u.exec(text) ?? [];
    if (days === '') throw wrong(text, flag);
    return { days: readDays(days, text, flag), from, to, zone };
  });
  const zones = new Set(read.map(({ zone }) => zone).filter((zone) => zone !== ''));
  if (zones.size > 1) throw new UsageError(`--${flag}: all ranges are of one time zone`);
  const [timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone] = zones;
  return { timeZone, ranges: read.map(({ days, from, to }) => ({ days, from, to })) };
}

function readDays(text: string, whole: string, flag: string): readonly Weekday[] {
  if (text === 'daily') return weekdays;
  return text.split(',').flatMap((part) => {
    const [first = '', second = first] = part.split('-');
    const from = weekdays.findIndex((day) => day === first);
    const to = weekdays.findIndex((day) => day === second);
    if (from < 0 || to < from) throw wrong(whole, flag);
    return weekdays.slice(from, to + 1);
  });
}

function wrong(text: string, flag: string): UsageError {
  return new UsageError(
    `--${flag} ${text}: give days and times, as "mon-fri 08:00-18:00 Europe/Berlin" or "daily 00:00-24:00"`,
  );
}
