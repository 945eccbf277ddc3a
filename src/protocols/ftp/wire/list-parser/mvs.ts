import type { EntryType } from '#core/entry.ts';
import { findDateOrder, readNumberDate } from './number-dates.ts';
import { listedEntry, type Dialect, type Reading } from './reading.ts';
import { tokenize } from './tokens.ts';

const heading = /^\s*Volume\s+Unit\s+(?:Referred|Date)\b/i;
const dataSetName = /^'?[A-Z$#@][A-Z0-9$#@.{}()+-]{0,54}'?$/i;
const volume = /^[A-Z0-9$#@*]{1,8}$/i;
const unit = /^[0-9A-F]{4}$|^Tape$|^[A-Z0-9-]{4,8}$/i;

/** Organisations that hold members, which can be entered like directories. */
const partitioned: ReadonlySet<string> = new Set(['PO', 'PO-E', 'POU', 'VS']);

/** Lines that tell no more than why nothing is known: `Migrated A.B`, `Pseudo Directory X`. */
const remarks: readonly (readonly [pattern: RegExp, type: EntryType])[] = [
  [/^\s*Pseudo Directory\s+(\S+)$/i, 'directory'],
  [/^\s*(?:Migrated|ARCIVE|ARCHIVED|MIGRAT\d?)\s+(\S+)$/i, 'file'],
  [/^\s*\S{1,8}\s+Not Direct Access Device\s+(\S+)$/i, 'file'],
  [/^\s*\S{1,8}\s+Not Mounted\s+(\S+)$/i, 'file'],
  [/^\s*\S{1,8}\s+Tape\s+(\S+)$/i, 'file'],
  [/^\s*(?:Error determining attributes|User catalog connector|\*\*GDG\*\*|GDG)\s+(\S+)$/i, 'file'],
  [/^\s*\S{1,8}\s+\S{4}\s+(?:VSAM|PATH)\s+(\S+)$/i, 'file'],
];

/**
 * Data sets of MVS, OS/390 and z/OS: `WYOSPT 3420 2003/05/21 1 200 FB 80 8053 PS A.B` under the heading
 * `Volume Unit Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname`. The date is that of the last use, not of the last
 * change; space is told in tracks and extents, so there is no size. Columns may run together, which is why the name
 * and the organisation are taken from the end.
 */
export const mvs: Dialect = {
  name: 'mvs',
  systemType: /\bMVS\b|\bz\/OS\b|OS\/390/i,
  exactSizes: false,
  createReader: ({ clock, sample }) => {
    const order = findDateOrder(
      sample.flatMap((line) => tokenize(line, 0, 3)[2]?.text ?? []),
      'year-month-day',
    );
    return (line) => {
      if (heading.test(line)) return 'note';
      const tokens = tokenize(line, 0, 16);
      const [volumeToken, unitToken, date] = tokens.map(({ text }) => text);
      const name = tokens.at(-1)?.text ?? '';
      const organisation = tokens.at(-2)?.text ?? '';
      if (!dataSetName.test(name) || volumeToken === undefined) return null;
      const isNever = date === '**NONE**';
      const day = date === undefined ? null : readNumberDate(date, order);
      if (tokens.length < 6 || tokens.length > 11 || (day === null && !isNever)) return readRemark(line);
      if (
        !volume.test(volumeToken) ||
        !unit.test(unitToken ?? '') ||
        !/^[A-Z]{2,4}(?:-E)?$/.test(organisation)
      )
        return null;
      const referred = day === null ? null : clock.toMoment(day, 'day');
      return listedEntry(bare(name), partitioned.has(organisation) ? 'directory' : 'file', {
        accessedAt: referred?.at ?? null,
      });
    };
  },
};

function readRemark(line: string): Reading {
  const text = line.slice(0, 200).trimEnd();
  for (const [pattern, type] of remarks) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined) return listedEntry(bare(name), type, {});
  }
  return null;
}

function bare(name: string): string {
  return name.startsWith("'") && name.endsWith("'") ? name.slice(1, -1) : name;
}
