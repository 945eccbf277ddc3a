import { listedEntry, type Dialect } from './reading.ts';

const heading = /^\s*(?:Directory of \S|Owner\s+Last modified\s+Attributes\b|-{4}[\s-]*$)/i;
const columns =
  /^\s*(\d{1,5})\.(\d{1,5})\s+(\d{2,3})\/(\d\d)\/(\d\d)\s+(\d\d):?(\d\d)\s+([-d][-s][-ewr]{6})\s+[0-9A-F]{1,8}\s+(\d{1,15})\s+(\S.*)$/i;

/**
 * OS-9 (Microware): `1.21 96/07/12 1542 d-ewrewr 96 1254 name`: owner as group and user, date, time, attributes,
 * sector in hexadecimal, octets. Attributes are directory, single user, then execute, write and read of the public
 * and of the owner.
 */
export const os9: Dialect = {
  name: 'os9',
  systemType: /\bos-?9\b/i,
  exactSizes: true,
  createReader:
    ({ clock }) =>
    (line) => {
      if (heading.test(line)) return 'note';
      const match = columns.exec(line);
      if (match === null) return null;
      const [, group, user, years = '', month, day, hour, minute, attributes = '', size, name = ''] = match;
      const isDirectory = attributes.startsWith('d');
      const shortYear = Number(years);
      const year = shortYear >= 70 ? 1900 + shortYear : 2000 + shortYear;
      const wall = {
        year,
        month: Number(month),
        day: Number(day),
        hour: Number(hour),
        minute: Number(minute),
      };
      return listedEntry(name, isDirectory ? 'directory' : 'file', {
        size: isDirectory ? null : Number(size),
        modified: clock.toMoment(wall, 'minute'),
        groupId: Number(group),
        userId: Number(user),
        mode: readAttributes(attributes.slice(2)),
      });
    },
};

function readAttributes(letters: string): number {
  const rights = (three: string): number =>
    (three.includes('r') ? 4 : 0) + (three.includes('w') ? 2 : 0) + (three.includes('e') ? 1 : 0);
  const everyone = rights(letters.slice(0, 3));
  return rights(letters.slice(3, 6)) * 64 + everyone * 9;
}
