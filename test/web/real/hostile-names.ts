import { readdirSync } from 'node:fs';

/** Names as octets, and how they are shown. */
export const hostileNames: readonly (readonly [octets: Buffer, shown: string])[] = [
  [Buffer.from('<img src=x onerror=alert(1)>.html'), '<img src=x onerror=alert(1)>.html'],
  [Buffer.from('invoice\u202efdp.exe'), 'invoice\\u202efdp.exe'],
  [Buffer.from('line\nbreak.txt'), 'line\\x0abreak.txt'],
  [Buffer.from('latin1-\xe9.txt', 'latin1'), 'latin1-\\xe9.txt'],
  [Buffer.from('"quoted" & \'single\'; rm -rf $HOME'), '"quoted" & \'single\'; rm -rf $HOME'],
  [Buffer.from('-rf'), '-rf'],
  [Buffer.from(' two  spaces '), 'two spaces'],
  [Buffer.from(`${'ö'.repeat(127)}x`), `${'ö'.repeat(127)}x`],
];

/** The names of a directory as octets, but hidden ones: programs keep their own there. */
export function octetsOf(directory: string): readonly string[] {
  return readdirSync(directory, { encoding: 'buffer' })
    .map((name) => name.toString('latin1'))
    .filter((name) => !name.startsWith('.'))
    .sort();
}
