import type { EntryType } from '#core/entry.ts';
import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect, type ReadingContext } from './reading.ts';
import { readDayTime, type Moment } from './server-clock.ts';
import { readGroupedCount, skipBlanks } from './tokens.ts';

const head = /^[ \t]*(\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4})[ \t]+(\d{1,2}:\d\d(?::\d\d)?)[ \t]*([ap]m?)?[ \t]+/i;
const mark = /^<(DIR|JUNCTION|SYMLINKD?|DAX|WIM)>/i;
const size = /^\d[\d.,']{0,24}/;

const marks: Readonly<Record<string, EntryType>> = {
  DIR: 'directory',
  JUNCTION: 'symlink',
  SYMLINK: 'symlink',
  SYMLINKD: 'symlink',
};

/** Blanks between `<DIR>` and the name in listings of IIS, which set names of files and directories in one column. */
const blanksAfterMark = 10;

/**
 * MS-DOS style, as IIS, Windows CE and many others write it: `07-13-98  09:06PM  <DIR>  name`, with years of two or
 * four digits, in 12 or 24 hours, in any order of day and month. `<JUNCTION>` and `<SYMLINKD>` name their target in
 * brackets behind the name.
 */
export const dos: Dialect = {
  name: 'dos',
  systemType: /windows|win32|ms-?dos/i,
  exactSizes: true,
  createReader: (context) => {
    const order = findDateOrder(datesOf(context), 'month-day-year');
    const padding = findPadding(context);
    const readMoment = (dateText: string, timeText: string): Moment | null => {
      const date = readNumberDate(dateText, order);
      const time = readDayTime(timeText);
      return date === null || time === null
        ? null
        : context.clock.toMoment({ ...date, ...time }, time.precision);
    };
    return (line) => {
      const match = head.exec(line);
      if (match === null) return null;
      const rest = line.slice(match[0].length);
      const modified = readMoment(match[1] ?? '', `${match[2]}${match[3] ?? ''}`);
      const marked = mark.exec(rest);
      if (marked !== null)
        return readMarked(rest.slice(marked[0].length), marks[marked[1]?.toUpperCase() ?? ''], modified);
      const octets = size.exec(rest)?.[0];
      if (octets === undefined || rest[octets.length] !== ' ') return null;
      const name = rest.slice(octets.length + 1 + padding);
      return name.trim() === ''
        ? null
        : listedEntry(name, 'file', { size: readGroupedCount(octets), modified });
    };
  },
};

function* datesOf({ sample }: ReadingContext): Generator<string> {
  for (const line of sample) {
    const match = head.exec(line);
    if (match !== null) yield match[1] ?? '';
  }
}

/** Blanks too many between sizes and names, when every file of several has them. */
function findPadding({ sample }: ReadingContext): number {
  const blanks: number[] = [];
  for (const line of sample) {
    const start = head.exec(line)?.[0].length;
    const octets = start === undefined ? undefined : size.exec(line.slice(start))?.[0];
    if (start === undefined || octets === undefined) continue;
    const name = start + octets.length + 1;
    blanks.push(skipBlanks(line, name) - name);
  }
  return blanks.length < 2 ? 0 : blanks.reduce((least, count) => Math.min(least, count));
}

function readMarked(
  rest: string,
  type: EntryType = 'other',
  modified: Moment | null = null,
): ReturnType<typeof listedEntry> | null {
  const blanks = skipBlanks(rest, 0);
  const name = rest.slice(blanks >= blanksAfterMark ? blanksAfterMark : blanks);
  if (name.trim() === '') return null;
  const bracket = type === 'symlink' && name.endsWith(']') ? name.lastIndexOf(' [') : -1;
  return bracket <= 0
    ? listedEntry(name, type, { modified })
    : listedEntry(name.slice(0, bracket), type, { modified, linkTarget: name.slice(bracket + 2, -1) });
}
