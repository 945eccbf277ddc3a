import type { Entry, EntryType } from '#core/entry.ts';
import { displayName, lineSafeName } from './listing-name.ts';
import { clampTime, dayToCalendar, twoDigits } from './time-value.ts';

const dayMs = 86_400_000;
/** About half a year: older times show their year instead of the hour, as `ls` does. */
const recentMs = 180 * dayMs;
/** Clocks differ a little; a time this far ahead is still now. */
const clockSkewMs = 60_000;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const typeLetters: Readonly<Record<EntryType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  other: '?',
};

/** What stands for a mode that the storage does not know: what a client should assume about it. */
const assumedModes: Readonly<Record<EntryType, number>> = {
  file: 0o644,
  directory: 0o755,
  symlink: 0o777,
  other: 0o600,
};

const modeTexts: readonly string[] = Array.from({ length: 0o10000 }, (_, mode) => {
  const bits = (shift: number, special: boolean, letter: string): string => {
    const three = (mode >> shift) & 7;
    const execute = three & 1;
    const last = special ? (execute === 1 ? letter : letter.toUpperCase()) : execute === 1 ? 'x' : '-';
    return `${(three & 4) === 0 ? '-' : 'r'}${(three & 2) === 0 ? '-' : 'w'}${last}`;
  };
  return (
    bits(6, (mode & 0o4000) !== 0, 's') +
    bits(3, (mode & 0o2000) !== 0, 's') +
    bits(0, (mode & 0o1000) !== 0, 't')
  );
});

export interface UnixListingOptions {
  /** Milliseconds since 1970 that count as now; decides between hour and year. */
  readonly now: number;
  /** Numbers instead of names for owner and group (`LIST -n`). */
  readonly numericOwners?: boolean;
  /** A letter behind the name that tells the type: `/` and `@` (`LIST -F`). */
  readonly classify?: boolean;
  /** Sizes with a unit, `1.5K` (`LIST -h`). */
  readonly humanSizes?: boolean;
}

/** Writes one line of a listing without its line end. `name` stands for the entry instead of its own name. */
export type UnixFormatter = (entry: Entry, name?: string) => string;

/**
 * Makes the function that writes entries as `ls -l` does, which is what clients parse:
 * `drwxr-xr-x   2 owner    group        4096 Jan 02 15:04 name`, in UTC, with English months, and with the year for
 * times older than about half a year or in the future. A symbolic link shows ` -> target`. Control characters of
 * names become `?`.
 */
export function createUnixFormatter(options: UnixListingOptions): UnixFormatter {
  const { numericOwners = false, classify = false, humanSizes = false } = options;
  const dateOf = dateFormatter(options.now);
  const ownerOf = columnFormatter();
  const groupOf = columnFormatter();
  return (entry, name) => {
    const { type, size } = entry;
    const owner = numericOwners || entry.owner === null ? (entry.userId ?? entry.owner) : entry.owner;
    const group = numericOwners || entry.group === null ? (entry.groupId ?? entry.group) : entry.group;
    const links = entry.links ?? 1;
    let line =
      typeLetters[type] +
      (modeTexts[(entry.mode ?? assumedModes[type]) & 0o7777] ?? '') +
      (links < 10 ? `   ${links} ` : ` ${String(links).padStart(3)} `) +
      ownerOf(owner) +
      groupOf(group) +
      (humanSizes ? humanSize(size ?? 0) : String(size ?? 0)).padStart(12) +
      dateOf(entry.modifiedAt ?? 0) +
      displayName(name ?? entry.name);
    if (classify) line += classMark(entry);
    return type === 'symlink' && entry.linkTarget !== null
      ? `${line} -> ${displayName(entry.linkTarget)}`
      : line;
  };
}

/** The line of NLST for an entry, without its line end; `prefix` is what the client has to put before the name. */
export function formatNameLine(name: string, prefix = ''): string {
  return lineSafeName(prefix === '' ? name : prefix + name);
}

/** Owners repeat from entry to entry; spaces inside would shift the columns. */
function columnFormatter(): (value: string | number | null) => string {
  let last: string | number | null = null;
  let text = 'ftp      ';
  return (value) => {
    if (value !== last) {
      last = value;
      text = `${displayName(String(value ?? 'ftp')).replaceAll(' ', '_') || '-'} `.padEnd(9);
    }
    return text;
  };
}

/** ` Jan 02 15:04 ` or ` Jan 02  2023 `; the day is worked out once for entries of one day in a row. */
function dateFormatter(now: number): (timeMs: number) => string {
  const oldest = now - recentMs;
  const newest = now + clockSkewMs;
  let cachedDay = Number.NaN;
  let date = '';
  let withYear = '';
  return (timeMs) => {
    const time = clampTime(timeMs);
    const day = Math.floor(time / dayMs);
    if (day !== cachedDay) {
      const calendar = dayToCalendar(day);
      date = ` ${months[calendar.month - 1]} ${twoDigits[calendar.day]} `;
      withYear = `${date} ${calendar.year.toString().padStart(4, '0')} `;
      cachedDay = day;
    }
    if (time < oldest || time > newest) return withYear;
    const minutes = Math.floor((time - day * dayMs) / 60_000);
    const hours = (minutes / 60) | 0;
    return `${date}${twoDigits[hours]}:${twoDigits[minutes - hours * 60]} `;
  };
}

const units = ['', 'K', 'M', 'G', 'T', 'P'] as const;

function humanSize(size: number): string {
  let value = size;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? Math.ceil(value).toString() : value.toFixed(1);
  return `${digits}${units[unit]}`;
}

function classMark({ type, mode }: Entry): string {
  if (type === 'directory') return '/';
  if (type === 'symlink') return '@';
  return type === 'file' && mode !== null && (mode & 0o111) !== 0 ? '*' : '';
}
