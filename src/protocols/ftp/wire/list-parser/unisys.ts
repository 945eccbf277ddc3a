import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect } from './reading.ts';
import { readDayTime } from './server-clock.ts';

const columns =
  /^(\S{1,255})\s+(?:[A-Z]{0,8}DATA|[A-Z]{2,12}(?:SYMBOL|CODE)|JOBSYMBOL|SEQDATA)\s+(\d{1,15})\s+(\d{1,2}\/\d{1,2}\/\d{2,4}|\d{4}\/\d{1,2}\/\d{1,2})(?:\s+(\d{1,2}:\d\d(?::\d\d)?)(?:\s*([AP]M))?)?\s*$/;

/** Unisys A Series (MCP): `README FTPDATA 2048 07/14/99 12:37:00`: name, kind of file, octets, date and time. */
export const unisys: Dialect = {
  name: 'unisys',
  systemType: /unisys|\bMCP\b|A Series/i,
  exactSizes: false,
  createReader: ({ clock, sample }) => {
    const order = findDateOrder(
      sample.flatMap((line) => columns.exec(line)?.[3] ?? []),
      'month-day-year',
    );
    return (line) => {
      const match = columns.exec(line);
      if (match === null) return null;
      const date = readNumberDate(match[3] ?? '', order);
      const time = readDayTime(`${match[4] ?? ''}${match[5] ?? ''}`);
      const moment =
        date === null
          ? null
          : time === null
            ? clock.toMoment(date, 'day')
            : clock.toMoment({ ...date, ...time }, time.precision);
      return listedEntry(match[1] ?? '', 'file', { size: Number(match[2]), modified: moment });
    };
  },
};
