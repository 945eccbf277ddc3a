import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect } from './reading.ts';
import { readDayTime } from './server-clock.ts';

const columns =
  /^[ \t]*(\d{1,15})[ \t]+(?:((?:DIR|[ARSH]{1,4})(?:[ \t]+[ARSH]{1,4})?)[ \t]+)?(\d{1,2}-\d{1,2}-\d{2,4})[ \t]+(\d{1,2}:\d\d)[ \t]+(\S.*)$/;

/**
 * OS/2: `0 DIR 06-27-96 11:57 name`, `1123 A 07-14-99 12:37 name`. Years beyond 1999 are counted from 1900 by servers
 * that do not know better (`04-23-103`).
 */
export const os2: Dialect = {
  name: 'os2',
  systemType: /\bos\/?2\b/i,
  exactSizes: true,
  createReader: ({ clock, sample }) => {
    const order = findDateOrder(
      sample.flatMap((line) => columns.exec(line)?.[3] ?? []),
      'month-day-year',
    );
    return (line) => {
      const match = columns.exec(line);
      if (match === null) return null;
      const [, size = '', attributes = '', dateText = '', timeText = '', name = ''] = match;
      const date = readNumberDate(dateText, order);
      const time = readDayTime(timeText);
      const isDirectory = attributes.startsWith('DIR');
      return listedEntry(name, isDirectory ? 'directory' : 'file', {
        size: isDirectory ? null : Number(size),
        modified: date === null || time === null ? null : clock.toMoment({ ...date, ...time }, 'minute'),
      });
    };
  },
};
