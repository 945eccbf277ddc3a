import { createColumnDateReader } from './column-dates.ts';
import { readLongColumns } from './long-columns.ts';
import { listedEntry, type Dialect } from './reading.ts';

/** Ten flags of the batch, the protocol that brought it, and whether it is text or binary. */
const head = /^-[-A-Z]{9,10}[A-Z]{3}[ \t]+[AB][ \t]+(\S{1,64})[ \t]+/;

/**
 * Sterling Connect:Enterprise: `-C--E-----FTP B BCC3I1 7670 1294495 Jan 13 07:42 name`: flags, the mailbox or the
 * user that sent the batch, its number, its size.
 */
export const connectEnterprise: Dialect = {
  name: 'connect-enterprise',
  systemType: /connect:enterprise/i,
  exactSizes: true,
  createReader: (context) => {
    const readDate = createColumnDateReader(context);
    return (line) => {
      const match = head.exec(line);
      const columns = match === null ? null : readLongColumns(line, match[0].length, readDate);
      if (match === null || columns === null) return null;
      const name = line.slice(columns.nameStart);
      const { size, modified = null } = columns;
      return name === '' ? null : listedEntry(name, 'file', { size, modified, owner: match[1] ?? null });
    };
  },
};
