import type { EntryType } from '#core/entry.ts';
import { listedEntry, type Dialect, type Reading } from './reading.ts';

const columns =
  /^[ \t]*(0?[0-7]{5,6})[ \t]+(\d{1,10})[ \t]+(\d{1,10})[ \t]+(\d{1,15})[ \t]+(\d{1,11}) +(\S.*)$/;

const formats: Readonly<Record<number, EntryType>> = { 4: 'directory', 8: 'file', 10: 'symlink' };

/** Numbers as `stat` has them: mode in octal, owner, group, octets, seconds since 1970 in UTC: `0100644 500 101 12345 123456789 name`. */
export const numericUnix: Dialect = {
  name: 'numeric-unix',
  systemType: null,
  exactSizes: true,
  createReader: () => readNumbers,
};

function readNumbers(line: string): Reading {
  const match = columns.exec(line);
  if (match === null) return null;
  const mode = Number.parseInt(match[1] ?? '', 8);
  return listedEntry(match[6] ?? '', formats[mode >> 12] ?? 'other', {
    mode: mode & 0o7777,
    userId: Number(match[2]),
    groupId: Number(match[3]),
    size: Number(match[4]),
    modified: { at: Number(match[5]) * 1000, precision: 'second' },
  });
}
