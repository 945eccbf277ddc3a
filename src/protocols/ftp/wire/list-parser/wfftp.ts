import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect } from './reading.ts';
import { readDayTime } from './server-clock.ts';

const columns =
  /^(\S{1,255})\s+(\d{1,15})\s+(\d{1,2}\/\d{1,2}\/\d{2,4})\s+(?:\p{L}{2,5}\.?\s+)?(\d{1,2}:\d\d(?::\d\d)?)\s*$/u;

/** wfFtp of Bay and Nortel routers: `config 1014196 06/03/04 Thur. 10:20:03`, the name first. */
export const wfftp: Dialect = {
  name: 'wfftp',
  systemType: /wfftp|bay networks/i,
  exactSizes: true,
  createReader: ({ clock, sample }) => {
    const order = findDateOrder(
      sample.flatMap((line) => columns.exec(line)?.[3] ?? []),
      'month-day-year',
    );
    return (line) => {
      const match = columns.exec(line);
      if (match === null) return null;
      const date = readNumberDate(match[3] ?? '', order);
      const time = readDayTime(match[4] ?? '');
      return listedEntry(match[1] ?? '', 'file', {
        size: Number(match[2]),
        modified:
          date === null || time === null ? null : clock.toMoment({ ...date, ...time }, time.precision),
      });
    };
  },
};
