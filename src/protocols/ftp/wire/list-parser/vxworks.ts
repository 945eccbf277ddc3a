import { listedEntry, type Dialect } from './reading.ts';
import { readDayTime } from './server-clock.ts';

const heading = /^\s*size\s+date\s+time\s+name\s*$|^[\s-]+$/i;
const columns = /^\s*(\d{1,15})\s+(\p{L}{3,5})-(\d{1,2})-(\d{4})\s+(\d{1,2}:\d\d:\d\d)\s+(\S.*)$/u;
const directoryMark = '<DIR>';

/** VxWorks: `2048 Feb-28-1998 05:23:30 name <DIR>` under the heading `size date time name`. Names have no blanks. */
export const vxworks: Dialect = {
  name: 'vxworks',
  systemType: /vxworks/i,
  exactSizes: true,
  createReader:
    ({ clock, months }) =>
    (line) => {
      if (heading.test(line)) return 'note';
      const match = columns.exec(line);
      const time = match === null ? null : readDayTime(match[5] ?? '');
      if (match === null || time === null) return null;
      const month = months.find(match[2] ?? '') ?? 0;
      const rest = (match[6] ?? '').trimEnd();
      const isDirectory = rest.endsWith(directoryMark);
      const name = isDirectory ? rest.slice(0, -directoryMark.length).trimEnd() : rest;
      if (name === '') return null;
      const wall = { year: Number(match[4]), month, day: Number(match[3]), ...time };
      return listedEntry(name, isDirectory ? 'directory' : 'file', {
        size: isDirectory ? null : Number(match[1]),
        modified: clock.toMoment(wall, time.precision),
      });
    },
};
