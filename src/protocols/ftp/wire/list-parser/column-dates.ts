import { findDateOrder, readNumberDate, type DateOrder } from './number-dates.ts';
import type { ReadingContext } from './reading.ts';
import { fullYear, readDayTime, wallToMs, type DayTime, type Moment } from './server-clock.ts';
import { tokenize, type Token } from './tokens.ts';

/** A date found in the columns of a line. */
export interface ColumnDate {
  /** Null when the date was recognised but not understood, as with months of a language that is not known. */
  readonly moment: Moment | null;
  /** The place in the tokens of the date's last token. */
  readonly last: number;
  /** Whether the date has neither a time of day nor the place where one would stand. */
  readonly dateOnly: boolean;
}

/** Reads the date that begins at the token `at`; null when none does. */
export type ColumnDateReader = (tokens: readonly Token[], at: number) => ColumnDate | null;

/** A way to write dates in columns; tried in the order of {@link shapes}. */
type DateShape = (tokens: readonly Token[], at: number, help: Help) => ColumnDate | null;

interface Help extends Pick<ReadingContext, 'clock' | 'months'> {
  readonly order: DateOrder;
}

/** Makes the reader for one listing, whose first lines settle the order of day and month in dates of three numbers. */
export function createColumnDateReader({ clock, months, sample }: ReadingContext): ColumnDateReader {
  const order = findDateOrder(numberDatesOf(sample), 'day-month-year');
  const help: Help = { clock, months, order };
  return (tokens, at) => {
    for (const shape of shapes) {
      const date = shape(tokens, at, help);
      if (date !== null) return date;
    }
    return null;
  };
}

function* numberDatesOf(sample: readonly string[]): Generator<string> {
  for (const line of sample) for (const { text } of tokenize(line, 0, 9)) if (text.length <= 10) yield text;
}

/** A number of one or two digits that a comma, a full stop or a sign of East Asia may follow: `26.`, `18日`. */
function readDay(token: Token | undefined): number | null {
  const match = /^(\d{1,2})(?:[.,]|[^\u0020-\u007f]{1,3})?$/.exec(token?.text ?? '');
  const day = Number(match?.[1] ?? 0);
  return day >= 1 && day <= 31 ? day : null;
}

function readYear(token: Token | undefined): number | null {
  const match = /^(\d{4})(?:[.,]|[^\u0020-\u007f]{1,3})?$/.exec(token?.text ?? '');
  return match === null ? null : Number(match[1]);
}

function readTime(token: Token | undefined): DayTime | null {
  const text = token?.text ?? '';
  // Some languages write 10.30.
  return text.length < 4 ? null : (readDayTime(text) ?? readDayTime(text.replace('.', ':')));
}

/** What follows month and day: a time, a year, a time and a year, or a year and a time. */
function readRest(
  tokens: readonly Token[],
  at: number,
  monthAndDay: { readonly month: number; readonly day: number },
  { clock }: Help,
): ColumnDate | null {
  const time = readTime(tokens[at]);
  if (time !== null) {
    // Only times with seconds are followed by a year (ls -T of the BSDs, old --full-time): a name may be a number.
    const year = time.precision === 'minute' ? null : readYear(tokens[at + 1]);
    return year === null
      ? {
          moment: clock.toRecentMoment({ ...monthAndDay, ...time }, time.precision),
          last: at,
          dateOnly: false,
        }
      : {
          moment: clock.toMoment({ ...monthAndDay, ...time, year }, time.precision),
          last: at + 1,
          dateOnly: false,
        };
  }
  const year = readYear(tokens[at]);
  if (year === null) return null;
  // A time behind the year is one only after a comma ("Oct 08, 2002 09:47"): a name may look like a time.
  const dayTime = tokens[at - 1]?.text.endsWith(',') === true ? readTime(tokens[at + 1]) : null;
  return dayTime === null
    ? { moment: clock.toMoment({ ...monthAndDay, year }, 'day'), last: at, dateOnly: true }
    : {
        moment: clock.toMoment({ ...monthAndDay, ...dayTime, year }, dayTime.precision),
        last: at + 1,
        dateOnly: false,
      };
}

/** `Jan 16 18:53`, `Feb 13 2024`, `Jan 16 18:53:07 2024`, `Oct 08, 2002 09:47`, `4月 18日 2003年`. */
const monthThenDay: DateShape = (tokens, at, help) => {
  const month = help.months.find(tokens[at]?.text ?? '');
  const day = month === null ? null : readDay(tokens[at + 1]);
  return month === null || day === null ? null : readRest(tokens, at + 2, { month, day }, help);
};

/** `26 Feb 2004`, `26. Juli, 20:10`. */
const dayThenMonth: DateShape = (tokens, at, help) => {
  const day = readDay(tokens[at]);
  const month = day === null ? null : help.months.find(tokens[at + 1]?.text ?? '');
  return month === null || day === null ? null : readRest(tokens, at + 2, { month, day }, help);
};

/** `2003 3月 20`, `2003年 3月 20日 10:12`. */
const yearFirst: DateShape = (tokens, at, { clock, months }) => {
  const year = readYear(tokens[at]);
  const word = tokens[at + 1]?.text ?? '';
  const month = year === null || /^\d+$/.test(word) ? null : months.find(word);
  const day = month === null ? null : readDay(tokens[at + 2]);
  if (year === null || month === null || day === null) return null;
  const time = readTime(tokens[at + 3]);
  return time === null
    ? { moment: clock.toMoment({ year, month, day }, 'day'), last: at + 2, dateOnly: true }
    : {
        moment: clock.toMoment({ year, month, day, ...time }, time.precision),
        last: at + 3,
        dateOnly: false,
      };
};

/** `2024-05-01 10:11`, `24.04.2003 17:12`, `1999/10/12`, `2024-05-01T10:11:12Z`, and `--full-time` of GNU ls. */
const threeNumbers: DateShape = (tokens, at, { clock, order }) => {
  const text = tokens[at]?.text ?? '';
  const [dateText = '', joinedTime] = /^\d{4}-\d\d-\d\dT/.test(text)
    ? text.replace(/Z$/, '').split('T')
    : [text];
  const date = readNumberDate(dateText, order);
  // Two digits on both ends are not enough to tell a date from a version or a size.
  if (date === null || !/^\d{4}|\d{4}$/.test(dateText)) return null;
  const time = joinedTime === undefined ? readTime(tokens[at + 1]) : readDayTime(joinedTime);
  if (time === null) return { moment: clock.toMoment(date, 'day'), last: at, dateOnly: true };
  const last = joinedTime === undefined ? at + 1 : at;
  const zone = /^([+-])(\d\d):?(\d\d)$/.exec(tokens[last + 1]?.text ?? '');
  const moment = clock.toMoment({ ...date, ...time }, time.precision);
  if (zone === null || time.precision === 'minute') return { moment, last, dateOnly: false };
  return { moment: inZone(wallToMs({ ...date, ...time }), zone, time), last: last + 1, dateOnly: false };
};

function inZone(utc: number | null, zone: RegExpExecArray, { precision }: DayTime): Moment | null {
  if (utc === null) return null;
  const minutes = Number(zone[2]) * 60 + Number(zone[3]);
  return { at: utc - (zone[1] === '-' ? -minutes : minutes) * 60_000, precision };
}

const dayMonthYear = /^(\d{1,2})[-/.](\p{L}[^\s\-/]{1,8})[-/.](\d{2}|\d{4})$/u;

/** `01-jun-99`, `01-Jun-1999 10:11`. */
const joinedMonthName: DateShape = (tokens, at, { clock, months }) => {
  const match = dayMonthYear.exec(tokens[at]?.text ?? '');
  const month = match === null ? null : months.find(match[2] ?? '');
  if (match === null || month === null) return null;
  const date = { year: fullYear(match[3] ?? ''), month, day: Number(match[1]) };
  const time = readTime(tokens[at + 1]);
  return time === null
    ? { moment: clock.toMoment(date, 'day'), last: at, dateOnly: true }
    : { moment: clock.toMoment({ ...date, ...time }, time.precision), last: at + 1, dateOnly: false };
};

/** `05-01 10:11`: recent files with `--time-style=iso` of GNU ls. */
const shortIso: DateShape = (tokens, at, { clock }) => {
  const match = /^(\d\d)-(\d\d)$/.exec(tokens[at]?.text ?? '');
  const time = match === null ? null : readTime(tokens[at + 1]);
  if (match === null || time === null) return null;
  const moment = clock.toRecentMoment(
    { month: Number(match[1]), day: Number(match[2]), ...time },
    time.precision,
  );
  return { moment, last: at + 1, dateOnly: false };
};

/** `3 29 03:26`. */
const numberedMonth: DateShape = (tokens, at, { clock }) => {
  const month = readDay(tokens[at]);
  const day = month === null || month > 12 ? null : readDay(tokens[at + 1]);
  const time = day === null || !/:/.test(tokens[at + 2]?.text ?? '') ? null : readTime(tokens[at + 2]);
  if (month === null || day === null || time === null) return null;
  return {
    moment: clock.toRecentMoment({ month, day, ...time }, time.precision),
    last: at + 2,
    dateOnly: false,
  };
};

/** `Mon Oct 25 13:46:11 2004`: `--full-time` of old GNU ls. */
const weekdayFirst: DateShape = (tokens, at, help) => {
  if (!/^\p{L}{2,4}$/u.test(tokens[at]?.text ?? '')) return null;
  const date = monthThenDay(tokens, at + 1, help) ?? dayThenMonth(tokens, at + 1, help);
  return date?.moment?.precision === 'second' ? date : null;
};

/** A month that is not known, between what makes it one: the name behind it is found all the same. */
const unknownMonth: DateShape = (tokens, at, help) => {
  const words = [tokens[at], tokens[at + 1]] as const;
  const isWord = (token: Token | undefined): boolean =>
    /^[^\d\s]\S{1,11}$|^[^\u0020-\u007f]$/.test(token?.text ?? '');
  const place = isWord(words[0]) && readDay(words[1]) !== null ? 0 : 1;
  if (!isWord(words[place]) || readDay(words[1 - place]) === null) return null;
  const rest = readRest(tokens, at + 2, { month: 1, day: 1 }, help);
  return rest === null ? null : { ...rest, moment: null };
};

const shapes: readonly DateShape[] = [
  monthThenDay,
  dayThenMonth,
  threeNumbers,
  joinedMonthName,
  shortIso,
  yearFirst,
  numberedMonth,
  weekdayFirst,
  unknownMonth,
];
