import type { Entry } from '#core/entry.ts';
import { listedEntry, type Dialect, type ListedFacts, type ReadingContext } from './reading.ts';
import { readDayTime, type Moment } from './server-clock.ts';
import { isBlankAt, tokenize } from './tokens.ts';

/** A name with its version; `^` takes the meaning from the character behind it (ODS-5). */
const nameAndVersion = /^((?:[^\s^;]|\^.){1,400});(\d{1,5})(?=\s|$)/;
const heading = /^(?:Directory\s+\S|Total of \d|Grand total of \d|%\w+-[SIWEF]-)/i;
const owner = /\[([^\]]{1,80})\]/;
const protection = /\(([RWEDrwed]*(?:,[RWEDrwed]*){3})\)/;
const dateText = /^(\d{1,2})-([^\s\d-]{3,6})-(\d{4})$/;
const blocks = /^(\d{1,9})(?:\/\d{1,9})?$/;
const octetsPerBlock = 512;

/**
 * OpenVMS: `FILE.TXT;1 2/4 25-JAN-2003 09:15:20 [GROUP,OWNER] (RWED,RWED,RE,)`. A long name stands on a line of its
 * own and the rest on the next one. Sizes are blocks of 512 octets, used and allocated; a directory is a file of the
 * type `.DIR`. The versions of a file follow each other, newest first: the newest is listed, under the name without
 * a version, which is how it is asked for.
 */
export const vms: Dialect = {
  name: 'vms',
  systemType: /\bvms\b/i,
  exactSizes: false,
  createReader: (context) => {
    let newest = '';
    return (line) => {
      if (heading.test(line)) return 'note';
      const match = nameAndVersion.exec(line);
      // Owner and protection may stand on a third line.
      if (match === null)
        return isBlankAt(line, 0) && (owner.test(line) || protection.test(line)) ? 'note' : null;
      const rest = line.slice(match[0].length);
      if (rest.trim() === '') return 'partial';
      const name = match[1] ?? '';
      // Two names in a row: the first is half an entry without its other half.
      if (nameAndVersion.test(rest.trimStart())) return null;
      const facts = readFacts(rest, context);
      if (facts === null) return null;
      if (name === newest) return 'note';
      newest = name;
      return nameEntry(name, facts);
    };
  },
};

function nameEntry(name: string, facts: ListedFacts): Entry {
  return /.\.DIR$/i.test(name)
    ? listedEntry(name.slice(0, -4), 'directory', { ...facts, size: null })
    : listedEntry(name, 'file', facts);
}

/** The facts behind the name, in whatever order; null when there is neither a date nor a reason why there is none. */
function readFacts(text: string, { clock, months }: ReadingContext): ListedFacts | null {
  let size: number | null = null;
  let modified: Moment | null = null;
  let known = /privilege|no such file|locked by another user|%\w+-E-/i.test(text.slice(0, 200));
  const tokens = tokenize(text, 0, 10);
  for (const [index, token] of tokens.entries()) {
    const count = blocks.exec(token.text);
    if (size === null && count !== null) size = Number(count[1]) * octetsPerBlock;
    const date = dateText.exec(token.text);
    const month = date === null ? null : months.find(date[2] ?? '');
    if (date === null || known) continue;
    known = true;
    if (month === null) continue;
    const time = readDayTime((tokens[index + 1]?.text ?? '').replace('.', ','));
    const day = { year: Number(date[3]), month, day: Number(date[1]) };
    modified =
      time === null ? clock.toMoment(day, 'day') : clock.toMoment({ ...day, ...time }, time.precision);
  }
  return known ? { size, modified, ...readOwner(text), mode: readProtection(text) } : null;
}

function readOwner(text: string): ListedFacts {
  const parts = owner.exec(text.slice(0, 400))?.[1]?.split(',') ?? [];
  const [first = '', second] = parts.map((part) => part.trim());
  if (first === '') return {};
  return second === undefined ? { owner: first } : { group: first, owner: second };
}

/** `(system,owner,group,world)` in permission bits: the system's part has no place among them, nor has deletion. */
function readProtection(text: string): number | null {
  const classes = protection.exec(text.slice(0, 400))?.[1]?.toUpperCase().split(',');
  if (classes === undefined) return null;
  return classes
    .slice(1)
    .reduce(
      (mode, rights) =>
        mode * 8 +
        (rights.includes('R') ? 4 : 0) +
        (rights.includes('W') ? 2 : 0) +
        (rights.includes('E') ? 1 : 0),
      0,
    );
}
