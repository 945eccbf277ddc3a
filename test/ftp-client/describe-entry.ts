import type { Entry, EntryType, TimePrecision } from '#core/entry.ts';

const letters: Readonly<Record<EntryType, string>> = { file: 'f', directory: 'd', symlink: 'l', other: '?' };

/** How much of an ISO time each precision tells. */
const lengths: Readonly<Record<TimePrecision, number>> = {
  year: 4,
  day: 10,
  minute: 16,
  second: 19,
  subsecond: 23,
};

/** The time in UTC as far as it is known: `2024-01-29T03:26`; `-` when it is not. */
export function describeTime({ modifiedAt, modifiedPrecision }: Entry): string {
  if (modifiedAt === null || modifiedPrecision === null) return '-';
  return new Date(modifiedAt).toISOString().slice(0, lengths[modifiedPrecision]);
}

/** An entry in one line for tables of tests: type, octets, time, name; a `-` for what is not known. */
export function describeEntry(entry: Entry): string {
  const { type, size, name, linkTarget } = entry;
  const target = linkTarget === null ? '' : ` -> ${linkTarget}`;
  return `${letters[type]} ${size ?? '-'} ${describeTime(entry)} ${name}${target}`;
}

/** Mode, links, owner and group in one line: `644 2 root other`. */
export function describeOwner({ mode, links, owner, group, userId, groupId }: Entry): string {
  return [mode === null ? null : mode.toString(8), links, owner ?? userId, group ?? groupId]
    .map((value) => value ?? '-')
    .join(' ');
}
