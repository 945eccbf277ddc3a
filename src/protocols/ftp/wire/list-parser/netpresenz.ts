import { createColumnDateReader, type ColumnDateReader } from './column-dates.ts';
import { readPermissions } from './permissions.ts';
import { listedEntry, type Dialect, type Reading } from './reading.ts';
import { readCount, tokenize } from './tokens.ts';

const head = /^([-d])([-rwxsStT]{9})[ \t]+/;

/**
 * NetPresenz and Peter's Server for the Macintosh: files have the sizes of both forks and their sum instead of links
 * and owners, `-------r-- 326 1391972 1392298 Nov 22 1995 name`; folders have the word `folder` and how many things
 * they hold, `drwxrwxr-x folder 2 May 10 1996 name`. What RETR sends depends on the resource fork and on the
 * encoding that the server chooses, so the sum is no exact size.
 */
export const netpresenz: Dialect = {
  name: 'netpresenz',
  systemType: /macos|netpresenz|peter's server/i,
  exactSizes: false,
  createReader: (context) => {
    const readDate = createColumnDateReader(context);
    // A line of Unix whose owner and group happen to add up to its size must not pass for a file with two forks.
    const hasFolder = context.sample.some(
      (line) => head.test(line) && / folder +\d+ /.test(line.slice(0, 60)),
    );
    const sums = context.sample.filter((line) => readLine(line, readDate) !== null).length;
    const certain = hasFolder || context.expected || (sums >= 2 && sums === context.sample.length);
    return (line) => (certain ? readLine(line, readDate) : null);
  },
};

function readLine(line: string, readDate: ColumnDateReader): Reading {
  const match = head.exec(line);
  if (match === null) return null;
  const tokens = tokenize(line, match[0].length, 8);
  const [resource, data, sum] = tokens.map(({ text }) => readCount(text));
  const isFolder = match[1] === 'd' && tokens[0]?.text === 'folder' && typeof data === 'number';
  const isFile = typeof resource === 'number' && typeof data === 'number' && resource + data === sum;
  if (!isFolder && !isFile) return null;
  const date = readDate(tokens, isFolder ? 2 : 3);
  const end = date === null ? undefined : tokens[date.last]?.end;
  if (date === null || end === undefined || end + 1 >= line.length) return null;
  return listedEntry(line.slice(end + 1), isFolder ? 'directory' : 'file', {
    size: isFolder ? null : (sum ?? null),
    modified: date.moment,
    mode: readPermissions(match[2] ?? ''),
  });
}
