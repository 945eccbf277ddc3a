import { createColumnDateReader } from './column-dates.ts';
import { listedEntry, type Dialect } from './reading.ts';
import { readGroupedCount, tokenize } from './tokens.ts';

/**
 * No permissions, the size first: `206876 Apr 04, 2000 21:06 name` of old VShell, `2048 2024-05-01 10:11 name`. A
 * directory has a slash behind its name.
 */
export const sizeFirst: Dialect = {
  name: 'size-first',
  systemType: /vshell/i,
  exactSizes: true,
  createReader: (context) => {
    const readDate = createColumnDateReader(context);
    return (line) => {
      const tokens = tokenize(line, 0, 7);
      const size = readGroupedCount(tokens[0]?.text);
      const date = size === null ? null : readDate(tokens, 1);
      const end = date === null ? undefined : tokens[date.last]?.end;
      const moment = date?.moment ?? null;
      if (moment === null || end === undefined) return null;
      const name = line.slice(end + 1);
      if (name.trim() === '' || name.startsWith('<') || name === '/') return null;
      const isDirectory = name.endsWith('/');
      return listedEntry(isDirectory ? name.slice(0, -1) : name, isDirectory ? 'directory' : 'file', {
        size: isDirectory ? null : size,
        modified: moment,
      });
    };
  },
};
