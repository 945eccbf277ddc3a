import { createColumnDateReader } from './column-dates.ts';
import { readLongColumns } from './long-columns.ts';
import { typeOfLetter } from './permissions.ts';
import { listedEntry, type Dialect } from './reading.ts';
import { skipBlanks } from './tokens.ts';

const head = /^([-dl])[ \t]?\[[-A-Z ]{6,10}\]/;

/**
 * Novell NetWare: `d [R----F--] supervisor 512 Jan 16 18:53 login`. The letters in brackets are the rights of the
 * trustee, not permissions in the manner of Unix; names are padded and cannot begin with a blank.
 */
export const netware: Dialect = {
  name: 'netware',
  systemType: /netware/i,
  exactSizes: true,
  createReader: (context) => {
    const readDate = createColumnDateReader(context);
    return (line) => {
      const match = head.exec(line);
      if (match === null) return /^total \d+$/i.test(line) ? 'note' : null;
      const columns = readLongColumns(line, match[0].length, readDate);
      if (columns === null) return null;
      const name = line.slice(skipBlanks(line, columns.nameStart));
      return name === '' ? null : listedEntry(name, typeOfLetter(match[1] ?? ''), columns);
    };
  },
};
