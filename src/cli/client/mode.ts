import type { Entry } from '#core/entry.ts';

/** Works out the new permission bits of an entry. */
export type ModeChange = (entry: Pick<Entry, 'mode' | 'type'>) => number;

const who: Readonly<Record<string, number>> = { u: 0o700, g: 0o070, o: 0o007, a: 0o777 };
const rights: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111 };
const clause = /^([ugoa]*)([-+=])([rwxX]*)$/u;

/** Permission bits where a server tells none. */
const assumedModes = { directory: 0o755, file: 0o644, symlink: 0o777, other: 0o644 } as const;

/** Reads a mode as chmod(1) does: octal, or clauses such as `u+x,go-w`; null for what is none. */
export function changeMode(text: string): ModeChange | null {
  if (/^[0-7]{3,4}$/u.test(text)) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const clauses = text.split(',').map((part) => clause.exec(part));
  if (clauses.some((match) => match === null)) return null;
  return ({ mode, type }) =>
    clauses.reduce((bits, match) => {
      const [, names = '', sign = '+', letters = ''] = match ?? [];
      const mask = [...new Set(names === '' ? 'a' : names)].reduce((sum, name) => sum | (who[name] ?? 0), 0);
      const wanted =
        Array.from(letters, (letter) => rightOf(letter, type, bits)).reduce((sum, bit) => sum | bit, 0) &
        mask;
      if (sign === '+') return bits | wanted;
      return sign === '-' ? bits & ~wanted : (bits & ~mask) | wanted;
    }, mode ?? assumedModes[type]);
}

/** A capital X gives the right to enter and to run to directories and to what somebody may run already. */
function rightOf(letter: string, type: Entry['type'], bits: number): number {
  if (letter === 'X') return type === 'directory' || (bits & 0o111) !== 0 ? 0o111 : 0;
  return rights[letter] ?? 0;
}
