import type { EntryType } from '#core/entry.ts';
import { encodeName } from '#core/name-encoding.ts';
import { createColumnDateReader } from './column-dates.ts';
import { readLongColumns, type LongColumns } from './long-columns.ts';
import { readPermissions, typeOfLetter } from './permissions.ts';
import { listedEntry, readIdentity, type Dialect, type Reading, type ReadingContext } from './reading.ts';
import { readCount, skipBlanks, tokenize } from './tokens.ts';

/**
 * Inode and blocks (`ls -is`), the type, nine permissions, the mark of an access list. The tenth letter and the
 * count of links run together on systems that count high.
 */
const head = /^[ \t]*(?:\d{1,19}[ \t]+){0,2}([-dlbcpsDCnPhMm?])([-rwxsStTlLaAhHFV]{9})[+.@*]?/;
/** `total 12`, `insgesamt 12`, `итого 12`, `total 1.2M`. */
const total = /^[^\s\d:]{2,16}:?[ \t]+\d[\d.,]{0,15}[KMGTP]?$/i;
/** What only a line with a date or a time has: then the ones without are not written without on purpose. */
const dateLike = /\d:\d\d|\b(?:19|20)\d\d\b/;

/**
 * `ls -l` as it is written by Unix and by most servers of other systems:
 * `drwxr-xr-x 2 owner group 4096 Jan 02 15:04 name`. Group, owner or links may be missing, owners may be numbers or
 * several words, devices have two numbers for a size; the date comes in any language, order and style (see
 * column-dates.ts), the name begins one character behind it with all the blanks that it has. uClinux leaves the
 * date out.
 */
export const unix: Dialect = {
  name: 'unix',
  systemType: /^unix\b/i,
  exactSizes: true,
  createReader: (context) => {
    const readDate = createColumnDateReader(context);
    const padding = findPadding(context, (line) => {
      const match = head.exec(line);
      return match === null ? null : (readLongColumns(line, match[0].length, readDate)?.nameStart ?? null);
    });
    const dateless = !context.sample.some((line) => dateLike.test(line));
    return (line) => {
      const match = head.exec(line);
      if (match === null) return total.test(line) ? 'note' : null;
      const columns = readLongColumns(line, match[0].length, readDate);
      const type = typeOfLetter(match[1] ?? '');
      const mode = readPermissions(match[2] ?? '');
      const isDevice = match[1] === 'b' || match[1] === 'c';
      if (columns !== null) {
        const size = isDevice ? null : columns.size;
        return finish(line.slice(columns.nameStart + padding), type, { ...columns, size, mode });
      }
      return dateless ? readDateless(line, match[0].length, { type, mode }) : null;
    };
  },
};

/**
 * How many blanks too many stand before every name of a listing. Some servers pad; others list a name that begins
 * with blanks, which only the names beside it can tell apart. `.` and `..` settle it, or three names.
 *
 * @param nameStartOf where the name of a line begins, null when it is no line with a name
 */
function findPadding({ sample }: ReadingContext, nameStartOf: (line: string) => number | null): number {
  let least = Number.POSITIVE_INFINITY;
  let names = 0;
  for (const line of sample) {
    const start = nameStartOf(line);
    if (start === null) continue;
    const blanks = skipBlanks(line, start) - start;
    const name = line.slice(start + blanks);
    if (name === '.' || name === '..') return blanks;
    names += 1;
    least = Math.min(least, blanks);
    if (least === 0) return 0;
  }
  return names >= 3 ? least : 0;
}

function finish(name: string, type: EntryType, columns: Partial<LongColumns>): Reading {
  if (name.trim() === '') return null;
  if (type !== 'symlink') return listedEntry(name, type, columns);
  const arrow = findArrow(name, columns.size ?? null);
  return arrow < 0
    ? listedEntry(name, type, columns)
    : listedEntry(name.slice(0, arrow), type, { ...columns, linkTarget: name.slice(arrow + 4) });
}

/** Arrows in one line that are weighed; each costs an encoding of the text behind it. */
const mostArrows = 16;

/** The size of a link is the length of its target, which tells the arrow from one that is part of a name. */
function findArrow(text: string, size: number | null): number {
  const first = text.indexOf(' -> ', 1);
  let arrow = first;
  for (let count = 0; arrow > 0 && count < mostArrows; count += 1) {
    if (encodeName(text.slice(arrow + 4)).length === size) return arrow;
    arrow = text.indexOf(' -> ', arrow + 1);
  }
  return first;
}

/** `-rw-r--r-- 1 0 0 100 services`. */
function readDateless(
  line: string,
  start: number,
  { type, mode }: { type: EntryType; mode: number | null },
): Reading {
  const [links, owner, group, size] = tokenize(line, start, 4);
  const octets = readCount(size?.text);
  if (size === undefined || octets === null || readCount(links?.text) === null) return null;
  const [user, team] = [readIdentity(owner?.text), readIdentity(group?.text)];
  return finish(line.slice(size.end + 1), type, {
    mode,
    links: readCount(links?.text),
    owner: user.name,
    userId: user.id,
    group: team.name,
    groupId: team.id,
    size: octets,
  });
}
