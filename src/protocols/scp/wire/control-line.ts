import { WherryError } from '#core/errors.ts';
import { decodeName, encodeName } from '#core/name-encoding.ts';

/** A line of the protocol that a sink reads. Times in milliseconds since 1970. */
export type ControlLine =
  | { readonly kind: 'times'; readonly modifiedAt: number; readonly accessedAt: number }
  | { readonly kind: 'file'; readonly mode: number; readonly size: number; readonly name: string }
  | { readonly kind: 'directory'; readonly mode: number; readonly name: string }
  | { readonly kind: 'end' }
  /** What went wrong at the other end; a fatal one ends everything. */
  | { readonly kind: 'problem'; readonly fatal: boolean; readonly text: string };

/** Longest line: a name of the longest path and the numbers before it. */
export const maximumLineLength = 4096 + 64;

const entryPattern = /^[CD]([0-7]{4}) (\d{1,16}) (.*)$/s;
const timesPattern = /^T(\d{1,12}) (\d{1,6}) (\d{1,12}) (\d{1,6})$/;

/**
 * Reads a line without its line feed.
 *
 * @param anyName take any name, where it will be held against the one that was asked for
 * @throws WherryError `protocol` for what is none, `name-invalid` for a name that would lead out of its directory
 */
export function parseControlLine(line: Buffer, anyName = false): ControlLine {
  const first = line[0];
  if (first === 1 || first === 2) {
    return { kind: 'problem', fatal: first === 2, text: line.subarray(1).toString('utf8') };
  }
  const text = decodeName(line);
  if (text === 'E') return { kind: 'end' };
  const times = timesPattern.exec(text);
  if (times !== null) {
    const at = (index: number): number => Number(times[index]) * 1000 + Number(times[index + 1]) / 1000;
    return { kind: 'times', modifiedAt: at(1), accessedAt: at(3) };
  }
  const entry = entryPattern.exec(text);
  if (entry === null) throw new WherryError('protocol', 'The line is not one of the scp protocol');
  const [, mode = '', size = '', name = ''] = entry;
  if (!anyName) checkName(name);
  if (!Number.isSafeInteger(Number(size))) throw new WherryError('protocol', 'The size is not possible');
  const permissions = Number.parseInt(mode, 8);
  return text.startsWith('C')
    ? { kind: 'file', mode: permissions, size: Number(size), name }
    : { kind: 'directory', mode: permissions, name };
}

/** The peer names entries of one directory; anything that is a path could write elsewhere (CVE-2018-20685). */
function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new WherryError('name-invalid', 'The name is not that of an entry of a directory');
  }
}

/** Writes a `C` or `D` line. */
export function formatEntryLine(kind: 'C' | 'D', mode: number, size: number, name: string): Buffer {
  const numbers = `${kind}${(mode & 0o7777).toString(8).padStart(4, '0')} ${size} `;
  return Buffer.concat([Buffer.from(numbers, 'latin1'), encodeName(name), Buffer.from('\n', 'latin1')]);
}

/** Writes a `T` line. */
export function formatTimesLine(modifiedAt: number, accessedAt: number): Buffer {
  const parts = (milliseconds: number): string => {
    const microseconds = Math.max(0, Math.floor(milliseconds * 1000));
    return `${Math.floor(microseconds / 1e6)} ${microseconds % 1e6}`;
  };
  return Buffer.from(`T${parts(modifiedAt)} ${parts(accessedAt)}\n`, 'latin1');
}
