import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect } from './reading.ts';
import { readDayTime } from './server-clock.ts';

const headings = [
  /^\s*Name\s+VV\.MM\s+Created\s+Changed\s+Size\b/i,
  /^\s*Name\s+Size\s+TTR\s+Alias-of\b/i,
] as const;
const withStatistics =
  /^\s*([A-Z$#@][A-Z0-9$#@-]{0,15})\s+\d\d\.\d\d\s+(\d{2,4}\/\d\d\/\d\d)\s+(\d{2,4}\/\d\d\/\d\d)\s+(\d\d:\d\d(?::\d\d)?)\s+\d+\s+\d+\s+\d+\s+(\S{1,8})\s*$/i;
const loadModule =
  /^\s*([A-Z$#@][A-Z0-9$#@-]{0,15})\s+[0-9A-F]{6,8}\s+[0-9A-F]{6}\s+(?:\S{1,8}\s+)?[0-9A-F]{2}\s+[A-Z0-9]{2}\b/i;
const bareName = /^\s*([A-Z$#@][A-Z0-9$#@]{0,7})\s*$/i;

/**
 * Members of a partitioned data set of MVS, OS/390 and z/OS: with the statistics of ISPF,
 * `TEST 01.03 2002/09/12 2002/10/18 09:37 11 11 0 USER`, or of load modules, `NAME 00B308 000411 00 FO RU 31 ANY`, or
 * the name alone. Sizes are counts of records or the size of a module in storage, not octets that will be sent.
 */
export const mvsMembers: Dialect = {
  name: 'mvs-members',
  systemType: /\bMVS\b|\bz\/OS\b|OS\/390/i,
  exactSizes: false,
  createReader: ({ clock, sample, expected }) => {
    const order = findDateOrder(
      sample.flatMap((line) => withStatistics.exec(line)?.slice(2, 4) ?? []),
      'year-month-day',
    );
    // One word is a member only in company: every listing of names looks the same.
    const bareNamesCount =
      expected ||
      sample.some((line) => headings.some((heading) => heading.test(line)) || withStatistics.test(line));
    return (line) => {
      if (headings.some((heading) => heading.test(line))) return 'note';
      const statistics = withStatistics.exec(line);
      if (statistics === null) {
        const name = loadModule.exec(line)?.[1] ?? (bareNamesCount ? bareName.exec(line)?.[1] : undefined);
        return name === undefined ? null : listedEntry(name, 'file', {});
      }
      const [, name = '', created = '', changed = '', timeText = '', owner = ''] = statistics;
      const createdDay = readNumberDate(created, order);
      const changedDay = readNumberDate(changed, order);
      const time = readDayTime(timeText);
      return listedEntry(name, 'file', {
        owner,
        createdAt: createdDay === null ? null : (clock.toMoment(createdDay, 'day')?.at ?? null),
        modified:
          changedDay === null || time === null
            ? null
            : clock.toMoment({ ...changedDay, ...time }, time.precision),
      });
    };
  },
};
