import { WherryError } from '#core/errors.ts';
import { maximumPathsInList } from './limits.ts';

/**
 * The path of a command that takes one, which may not be empty: every octet after the verb's space is part of it.
 *
 * @throws WherryError `invalid-argument` without one
 */
export function requirePath(argument: string | null): string {
  if (argument === null || argument === '') throw new WherryError('invalid-argument', 'A path is missing');
  return argument;
}

/**
 * Parts a list of paths at spaces (or, with `separator`, at commas and spaces, as MMD5 wants). A path in double
 * quotes may hold anything, a quote inside is doubled.
 *
 * @throws WherryError `invalid-argument` for a quote that is not well formed or no path, `too-many` past the limit
 */
export function parsePathList(argument: string | null, separator: ' ' | ',' = ' '): string[] {
  const text = argument ?? '';
  const paths: string[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (character === ' ' || character === separator) {
      position += 1;
      continue;
    }
    if (paths.length === maximumPathsInList) throw new WherryError('too-many', 'Too many paths at once');
    if (character === '"') {
      const quoted = readQuoted(text, position);
      const after = text.charAt(quoted?.end ?? 0);
      if (quoted === null || quoted.path === '' || !['', ' ', separator].includes(after)) {
        throw new WherryError('invalid-argument', 'A quoted path is not well formed');
      }
      paths.push(quoted.path);
      position = quoted.end;
    } else {
      const found = text.indexOf(separator, position);
      const end = found < 0 ? text.length : found;
      paths.push(text.slice(position, end));
      position = end;
    }
  }
  if (paths.length === 0) throw new WherryError('invalid-argument', 'A path is missing');
  return paths;
}

/** A path and a range of octets of the file, `end` exclusive; null for the whole file. */
export interface RangedPath {
  readonly path: string;
  readonly range: { readonly start: number; readonly end: number } | null;
}

/**
 * Reads `path [start end]` of XCRC, XMD5 and the like. The candidates stand in the order in which they should be
 * tried: without quotes the whole text is a path if such a file exists, and only then do two numbers at its end
 * count as a range.
 *
 * @throws WherryError `invalid-argument` without a path, for an unfinished quote, or a range that is none
 */
export function parseRangedPath(argument: string | null): [RangedPath, ...RangedPath[]] {
  const text = requirePath(argument);
  if (text.startsWith('"')) {
    const quoted = readQuoted(text, 0);
    const rest = quoted === null ? '' : text.slice(quoted.end).trim();
    if (quoted === null || quoted.path === '' || (rest !== '' && !text.startsWith(' ', quoted.end))) {
      throw new WherryError('invalid-argument', 'A quoted path is not well formed');
    }
    return [{ path: quoted.path, range: rest === '' ? null : readRange(rest) }];
  }
  const tail = / (\d+ \d+) *$/.exec(text.slice(-64));
  const whole: RangedPath = { path: text, range: null };
  const cut = tail === null ? 0 : text.length - Math.min(64, text.length) + tail.index;
  if (tail === null || cut === 0) return [whole];
  return [whole, { path: text.slice(0, cut), range: readRange(tail[1] ?? '') }];
}

function readRange(text: string): { start: number; end: number } {
  const found = /^(\d{1,16}) +(\d{1,16})$/.exec(text);
  const start = Number(found?.[1]);
  const end = Number(found?.[2]);
  if (found === null || start > end || !Number.isSafeInteger(end)) {
    throw new WherryError('invalid-argument', 'The range is not two positions in order');
  }
  return { start, end };
}

function readQuoted(text: string, start: number): { path: string; end: number } | null {
  let path = '';
  let from = start + 1;
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', from)) {
    path += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { path, end: quote + 1 };
    path += '"';
    from = quote + 2;
  }
  return null;
}
