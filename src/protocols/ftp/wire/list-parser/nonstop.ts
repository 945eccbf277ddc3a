import { listedEntry, type Dialect } from './reading.ts';
import { fullYear, readDayTime } from './server-clock.ts';
import { readCount, tokenize } from './tokens.ts';

const heading = /^\s*File\s+Code\s+EOF\s+Last Modification\b/i;
const fileName = /^[A-Z#$][A-Z0-9#$]{0,11}$/i;
const dateText = /^(\d{1,2})-(\p{L}{3,5})-(\d{2}|\d{4})$/u;
const tail = /(\d{1,3}) *, *(\d{1,3})[ \t]+"([^"]{4})"[ \t]*$/;

/**
 * HP NonStop (Tandem) Guardian: `IARPTS O 101 16354 18-Mar-08 15:09:12 244, 10 "nunu"`: name, `O` when the file is
 * open, file code, octets, date, owner as group and user, security for read, write, execute and purge. A subvolume
 * holds files only.
 */
export const nonstop: Dialect = {
  name: 'nonstop',
  systemType: /nonstop|tandem|guardian/i,
  exactSizes: true,
  createReader:
    ({ clock, months }) =>
    (line) => {
      if (heading.test(line)) return 'note';
      const tokens = tokenize(line, 0, 10).map(({ text }) => text);
      const [name = ''] = tokens.splice(0, 1);
      if (tokens[0] === 'O') tokens.shift();
      const [code, size, dateToken = '', timeToken = ''] = tokens;
      const owner = tail.exec(line.slice(-80));
      const date = dateText.exec(dateToken);
      const time = readDayTime(timeToken);
      const octets = readCount(size);
      if (!fileName.test(name) || !/^\d{1,5}[A-Z]?$/.test(code ?? '') || octets === null) return null;
      if (date === null || time === null || owner === null) return null;
      const month = months.find(date[2] ?? '');
      const day = { year: fullYear(date[3] ?? ''), month: month ?? 0, day: Number(date[1]) };
      return listedEntry(name, 'file', {
        size: octets,
        modified: clock.toMoment({ ...day, ...time }, time.precision),
        groupId: Number(owner[1]),
        userId: Number(owner[2]),
      });
    },
};
