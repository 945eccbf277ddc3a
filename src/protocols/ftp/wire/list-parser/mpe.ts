import { listedEntry, type Dialect } from './reading.ts';
import { readCount, tokenize } from './tokens.ts';

const heading =
  /^\s*(?:PATH=|ACCOUNT=|CODE\s+-+LOGICAL RECORD-|FILENAME\s+CODE\s+-+LOGICAL|SIZE\s+TYP\s+EOF\s+LIMIT\b)/;
const recordSize = /^(\d{1,6})([BW])$/;
const octetsPerWord = 2;

/**
 * HP 3000 MPE/iX: `1B BA 115 2147483647 1 16 1 * name` with a file code before it when the file has one: record
 * size in octets (B) or words (W), type, records, limit, blocking, space. A directory has a slash behind its name.
 */
export const mpe: Dialect = {
  name: 'mpe',
  systemType: /mpe\/?i?x?\b/i,
  exactSizes: false,
  createReader: () => (line) => {
    if (heading.test(line)) return 'note';
    const tokens = tokenize(line, 0, 12).map(({ text }) => text);
    const name = tokens.at(-1) ?? '';
    const place = tokens.findIndex((text, index) => index < 2 && recordSize.test(text));
    const record = recordSize.exec(tokens[place] ?? '');
    const records = readCount(tokens[place + 2]);
    // Record size, type, records, limit, blocking, sectors, extents, most extents, then the name.
    if (record === null || records === null || tokens.length !== place + 9) return null;
    if (readCount(tokens[place + 3]) === null) return null;
    const isDirectory = name.endsWith('/');
    const octets = Number(record[1]) * (record[2] === 'W' ? octetsPerWord : 1);
    return listedEntry(isDirectory ? name.slice(0, -1) : name, isDirectory ? 'directory' : 'file', {
      size: isDirectory ? null : octets * records,
    });
  },
};
