import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect } from './reading.ts';
import { readDayTime, type Moment } from './server-clock.ts';

const file =
  /^\s*(\S{1,8})\s+(\S{1,8})\s+([FV])\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,4}[-/]\d{1,2}[-/]\d{1,4})\s+(\d{1,2}:\d\d:\d\d)(?:\s+(\S+))?\s*$/;
const directory =
  /^\s*(\S{1,16})\s+DIR\s+-\s+-\s+-\s+(\d{1,4}[-/]\d{1,2}[-/]\d{1,4})\s+(\d{1,2}:\d\d:\d\d)(?:\s+\S+)?\s*$/;

/**
 * VM/ESA and z/VM: `PROFILE EXEC V 74 24 1 2005-05-18 10:21:50 FTP191`: name, type, record format, record length,
 * records, blocks, date, time, disk; directories of the shared file system, `NAME DIR - - - 2005-05-18 10:21:50 -`.
 * The name on the wire joins name and type with a full stop. With fixed records the size is their product, without
 * the line ends that a transfer in ASCII adds.
 */
export const zvm: Dialect = {
  name: 'zvm',
  systemType: /\bz?\/?VM(?:\/ESA)?\b(?!S)/i,
  exactSizes: false,
  createReader: ({ clock, sample }) => {
    const order = findDateOrder(
      sample.flatMap((line) => file.exec(line)?.[7] ?? directory.exec(line)?.[2] ?? []),
      'year-month-day',
    );
    const readMoment = (dateText = '', timeText = ''): Moment | null => {
      const date = readNumberDate(dateText, order);
      const time = readDayTime(timeText);
      return date === null || time === null ? null : clock.toMoment({ ...date, ...time }, time.precision);
    };
    return (line) => {
      const found = directory.exec(line);
      if (found !== null)
        return listedEntry(found[1] ?? '', 'directory', { modified: readMoment(found[2], found[3]) });
      const match = file.exec(line);
      if (match === null) return null;
      const [, name = '', type = '', format, length, records] = match;
      return listedEntry(`${name}.${type}`, 'file', {
        size: format === 'F' ? Number(length) * Number(records) : null,
        modified: readMoment(match[7], match[8]),
      });
    };
  },
};
