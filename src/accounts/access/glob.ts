import { WherryError } from '#core/errors.ts';
import { compileName, hasWildcards, type NameMatcher } from './wildcard.ts';

/** Longest pattern in UTF-16 units; longer ones are nobody's own writing. */
export const maximumPatternLength = 1024;
/** Patterns that the braces of one may stand for. */
const maximumAlternatives = 64;

/** A place in the tree as the matcher wants it: cut into names once, however many patterns are tried. */
export interface PathNames {
  /** From the root down; none for the root. */
  readonly names: readonly string[];
}

/** A compiled pattern for paths. */
export interface Glob {
  /** How many names a path has that fits; null when that differs. */
  readonly depth: number | null;
  /** A name that every path holds that fits; null where there is none for certain. */
  readonly certainName: string | null;
  /**
   * Whether it fits this path itself. What lies below a path that fits is covered too; whoever asks goes through the
   * ancestors.
   */
  fits(path: PathNames): boolean;
}

/** Any number of names, also none. */
const anyNames = null;
type Segment = NameMatcher | typeof anyNames;

/**
 * Compiles a pattern for paths. One that starts with `/` is read from the root; any other fits at every depth. Its
 * parts fit one name each, as {@link compileName} says; `**` fits any number of names, at the end at least one;
 * `{a,b}` stands for `a` and for `b`. As in a .gitignore file a pattern covers what it fits and all that lies below,
 * so that whatever forbids a directory forbids what is in it.
 *
 * Node's `path.matchesGlob` compiles its pattern at each call, and the packages in use match by regular expressions
 * that take exponential time for some names; names here come from peers.
 *
 * @throws WherryError `invalid-argument` for an empty or too long pattern, NUL, `.` or `..`
 */
export function compileGlob(pattern: string): readonly Glob[] {
  if (pattern === '' || pattern.length > maximumPatternLength || pattern.includes('\0')) {
    throw new WherryError(
      'invalid-argument',
      `A pattern must have 1 to ${maximumPatternLength} characters and no NUL`,
    );
  }
  return expandBraces(pattern).map((alternative) => compileAlternative(alternative));
}

function compileAlternative(pattern: string): Glob {
  const words = pattern.split('/').filter((word) => word !== '');
  if (words.some((word) => word === '.' || word === '..')) {
    throw new WherryError('invalid-argument', 'A pattern must not have "." or ".." as a part');
  }
  if (!pattern.startsWith('/')) words.unshift('**');
  if (words.at(-1) === '**') words.push('*');
  const segments = words
    .filter((word, index) => word !== '**' || words[index - 1] !== '**')
    .map((word): Segment => (word === '**' ? anyNames : compileName(word)));
  // The deepest one: fewer paths share it.
  const certainName = words.findLast((word) => !hasWildcards(word)) ?? null;
  const fits = compileFit(words, segments);
  return { depth: segments.includes(anyNames) ? null : segments.length, certainName, fits };
}

function compileFit(words: readonly string[], segments: readonly Segment[]): Glob['fits'] {
  if (words.every((word) => !hasWildcards(word))) return literal(words);
  if (segments.length === 2 && segments[0] === anyNames) return anywhere(segments[1]);
  if (!segments.includes(anyNames)) return fixedDepth(segments as readonly NameMatcher[]);
  return compileSegments(segments);
}

/**
 * Most paths fit none of many patterns, and show it at their ends: the last part of a pattern is never `**`, and one
 * that is read from the root has a first name.
 */
function compileSegments(segments: readonly Segment[]): Glob['fits'] {
  const fitsFirst = segments[0] ?? null;
  const fitsLast = segments.at(-1) ?? null;
  const fewest = segments.filter((segment) => segment !== anyNames).length;
  return ({ names }) => {
    const { length } = names;
    if (length < fewest) return false;
    if (fitsLast !== null && !fitsLast(names[length - 1] ?? '')) return false;
    if (fitsFirst !== null && !fitsFirst(names[0] ?? '')) return false;
    return matchSegments(segments, names);
  };
}

function literal(words: readonly string[]): Glob['fits'] {
  return ({ names }) => words.every((word, index) => names[index] === word);
}

function anywhere(matcher: Segment | undefined): Glob['fits'] {
  const fitsName = matcher ?? (() => true);
  return ({ names }) => {
    const last = names[names.length - 1];
    return last !== undefined && fitsName(last);
  };
}

function fixedDepth(segments: readonly NameMatcher[]): Glob['fits'] {
  return ({ names }) => segments.every((fitsName, index) => fitsName(names[index] ?? ''));
}

/** The same walk over names as `compileName` makes over characters: only the last `**` is tried again. */
function matchSegments(segments: readonly Segment[], names: readonly string[]): boolean {
  let segment = 0;
  let position = 0;
  let runSegment = -1;
  let runPosition = 0;
  while (position < names.length || segment < segments.length) {
    const current = segments[segment];
    if (current === anyNames) {
      runSegment = segment;
      runPosition = position;
      segment += 1;
      continue;
    }
    const name = names[position];
    if (current !== undefined && name !== undefined && current(name)) {
      segment += 1;
      position += 1;
      continue;
    }
    if (runSegment === -1 || runPosition >= names.length) return false;
    runPosition += 1;
    segment = runSegment + 1;
    position = runPosition;
  }
  return true;
}

/** The patterns that braces stand for; braces do not nest, and without a closing one they stand for themselves. */
export function expandBraces(pattern: string): readonly string[] {
  let expanded = [''];
  let rest = pattern;
  for (;;) {
    const found = /^((?:\\.|[^\\{])*)\{((?:\\.|[^\\{}])*,(?:\\.|[^\\{}])*)\}/su.exec(rest);
    if (found === null) return expanded.map((start) => start + rest);
    const [whole, before = '', inner = ''] = found;
    const words = inner.split(/(?<!\\),/u);
    if (expanded.length * words.length > maximumAlternatives) {
      throw new WherryError(
        'invalid-argument',
        `The braces of a pattern must not stand for more than ${maximumAlternatives} patterns`,
      );
    }
    expanded = expanded.flatMap((start) => words.map((word) => start + before + word));
    rest = rest.slice(whole.length);
  }
}
