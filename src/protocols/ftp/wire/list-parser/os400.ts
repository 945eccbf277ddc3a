import type { EntryType } from '#core/entry.ts';
import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect, type ListedFacts } from './reading.ts';
import { readDayTime } from './server-clock.ts';

const withDate =
  /^(\S{1,10})?[ \t]+(?:(\d{1,15})[ \t]+)?(\d{1,4}[-/.,]\d{1,2}[-/.,]\d{1,4})[ \t]+(\d{1,2}[:.,]\d\d[:.,]\d\d)[ \t]+(\*[A-Z0-9]{1,9})[ \t]+(\S.*)$/;
const withoutDate = /^(\S{1,10})?[ \t]+(?:(\d{1,15})[ \t]+)?(\*[A-Z0-9]{1,9})[ \t]+(\S.*)$/;

/** Object types of IBM i that appear in listings; what else there is (programs, queues) can not be transferred. */
const types: Readonly<Record<string, EntryType>> = {
  '*DIR': 'directory',
  '*DDIR': 'directory',
  '*LIB': 'directory',
  '*FLR': 'directory',
  '*STMF': 'file',
  '*DSTMF': 'file',
  '*DOC': 'file',
  '*FILE': 'file',
  '*MEM': 'file',
  '*SAVF': 'file',
  '*USRSPC': 'file',
  '*SYMLNK': 'symlink',
};

/**
 * OS/400 and IBM i: `QSYS 77824 02/23/00 15:09:55 *DIR name/`: owner, octets, date in the order of the server's job,
 * time, type of the object, name. A file of a library whose members are listed too (`*MEM LIB/FILE.MBR`) can be
 * entered like a directory; its members belong to the level below.
 */
export const os400: Dialect = {
  name: 'os400',
  systemType: /os\/?400|ibm i\b/i,
  exactSizes: true,
  createReader: ({ clock, sample }) => {
    const order = findDateOrder(
      sample.flatMap((line) => withDate.exec(line)?.[3]?.replaceAll(',', '.') ?? []),
      'month-day-year',
    );
    const filesWithMembers = findFilesWithMembers(sample);
    return (line) => {
      const dated = withDate.exec(line);
      const match = dated ?? withoutDate.exec(line);
      if (match === null) return null;
      const [object = '', path = ''] = match.slice(-2);
      const date = dated === null ? null : readNumberDate((dated[3] ?? '').replaceAll(',', '.'), order);
      const time = dated === null ? null : readDayTime((dated[4] ?? '').replaceAll(/[.,]/g, ':'));
      const facts: ListedFacts = {
        owner: match[1] ?? null,
        size: match[2] === undefined ? null : Number(match[2]),
        modified:
          date === null || time === null ? null : clock.toMoment({ ...date, ...time }, time.precision),
      };
      return nameObject(object, path.trimEnd(), { facts, filesWithMembers });
    };
  },
};

function findFilesWithMembers(sample: readonly string[]): ReadonlySet<string> {
  const listed = new Set<string>();
  const owners = new Set<string>();
  for (const line of sample) {
    const match = withDate.exec(line) ?? withoutDate.exec(line);
    const [object, path = ''] = match?.slice(-2) ?? [];
    if (object === '*FILE') listed.add(path.trimEnd());
    if (object === '*MEM' && path.includes('/')) owners.add(path.slice(0, path.indexOf('/')));
  }
  return new Set([...listed].filter((name) => owners.has(name)));
}

function nameObject(
  object: string,
  path: string,
  {
    facts,
    filesWithMembers,
  }: { readonly facts: ListedFacts; readonly filesWithMembers: ReadonlySet<string> },
): ReturnType<typeof listedEntry> | 'note' {
  const slash = path.indexOf('/');
  if (object === '*MEM' && slash > 0 && filesWithMembers.has(path.slice(0, slash))) return 'note';
  const hasMembers = object === '*FILE' && filesWithMembers.has(path);
  const type = hasMembers || path.endsWith('/') ? 'directory' : (types[object] ?? 'other');
  // Listings of another directory than the current one write its path before every name.
  const name = path.replace(/\/$/, '');
  return listedEntry(name.slice(name.lastIndexOf('/') + 1), type, facts);
}
