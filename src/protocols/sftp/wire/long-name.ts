import type { Entry, EntryType } from '#core/entry.ts';
import { modeOf } from './attributes.ts';

const typeLetters: Readonly<Record<EntryType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  other: 'b',
};
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Older than this, or later than now, a line shows the year in place of the hour, as `ls -l` does. */
const recentMs = (365.25 / 2) * 86_400_000;

const bitLetters = 'rwxrwxrwx';

/** `rwxr-xr-x` with set-uid, set-gid and sticky. */
function permissionLetters(mode: number): string {
  const letters = Array.from(bitLetters, (letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  for (const [bit, index, letter] of [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const) {
    if ((mode & bit) !== 0) letters[index] = letters[index] === 'x' ? letter : letter.toUpperCase();
  }
  return letters.join('');
}

function timeColumn(modifiedAt: number | null, now: number): string {
  const date = new Date(modifiedAt ?? 0);
  const day = `${months[date.getUTCMonth()] ?? 'Jan'} ${String(date.getUTCDate()).padStart(2)}`;
  const age = now - date.getTime();
  const two = (value: number): string => String(value).padStart(2, '0');
  const recent = age < recentMs && age >= 0;
  return `${day} ${recent ? `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}` : ` ${date.getUTCFullYear()}`}`;
}

/**
 * The line that READDIR shows for people, which some clients read all the same (draft-ietf-secsh-filexfer-02 section 7).
 *
 * @param name as it is shown; control characters must be gone
 * @param now milliseconds since 1970
 */
export function formatLongName(entry: Entry, name: string, now: number): string {
  const mode = `${typeLetters[entry.type]}${permissionLetters(modeOf(entry))}`;
  const links = String(entry.links ?? 1).padStart(3);
  const owner = (entry.owner ?? String(entry.userId ?? 0)).padEnd(8);
  const group = (entry.group ?? String(entry.groupId ?? 0)).padEnd(8);
  const size = String(entry.size ?? 0).padStart(8);
  return `${mode} ${links} ${owner} ${group} ${size} ${timeColumn(entry.modifiedAt, now)} ${name}`;
}
