import type { EntryType } from '#core/entry.ts';

/** What the first letter of a line of `ls -l` stands for; all else that systems have there is `other`. */
const types: Readonly<Record<string, EntryType>> = {
  '-': 'file',
  d: 'directory',
  l: 'symlink',
  C: 'file',
  m: 'file',
};

/** The type that the letter before the permissions tells. */
export function typeOfLetter(letter: string): EntryType {
  return types[letter] ?? 'other';
}

/** What each letter of a permission column sets beside its own bit: [execute, special]. */
const executeLetters: Readonly<Record<string, readonly [execute: boolean, special: boolean]>> = {
  '-': [false, false],
  x: [true, false],
  s: [true, true],
  t: [true, true],
  S: [false, true],
  T: [false, true],
  // Mandatory locking on System V: the set-group-id bit without execution.
  l: [false, true],
  L: [false, true],
};

/** The bits of nine letters as in `rwxr-sr-t`; null when a letter is none that tells of bits. */
export function readPermissions(letters: string): number | null {
  let mode = 0;
  for (let column = 0; column < 3; column += 1) {
    const read = letters[column * 3] ?? '';
    const write = letters[column * 3 + 1] ?? '';
    const execute = executeLetters[letters[column * 3 + 2] ?? ''];
    if (
      execute === undefined ||
      !'r-'.includes(read) ||
      !'w-'.includes(write) ||
      read === '' ||
      write === ''
    ) {
      return null;
    }
    const bits = (read === 'r' ? 4 : 0) + (write === 'w' ? 2 : 0) + (execute[0] ? 1 : 0);
    mode |= bits << ((2 - column) * 3);
    if (execute[1]) mode |= 0o4000 >> column;
  }
  return mode;
}
