/** How the entries of a listing are ordered. */
export type ListOrder = 'name' | 'time' | 'size';

/** The options of LIST, NLST and STAT, in words; letters that are not known are ignored. */
export interface ListOptions {
  /** `a`: also names that begin with a dot, and `.` and `..`. */
  readonly all: boolean;
  /** `A`: also names that begin with a dot, but not `.` and `..`. */
  readonly hidden: boolean;
  /** `l`: NLST writes long lines. */
  readonly long: boolean;
  /** `R`: subdirectories too. */
  readonly recursive: boolean;
  /** `L`: tell of what links point to. */
  readonly followLinks: boolean;
  /** `d`: tell of the directory itself. */
  readonly directoryItself: boolean;
  /** `F` */
  readonly classify: boolean;
  /** `n` */
  readonly numericOwners: boolean;
  /** `h` */
  readonly humanSizes: boolean;
  /** `t` and `S`; the last one counts. */
  readonly order: ListOrder;
  /** `r` */
  readonly reverse: boolean;
}

/**
 * The two ways to read one argument. If a file of the name `literal` exists, that is what was meant; otherwise
 * `options` and `path` count. Without an option word both name the same.
 */
export interface ListRequest {
  readonly options: ListOptions;
  /** What follows the options; null for the current directory. */
  readonly path: string | null;
  /** The whole argument as a path; null when it is blank, or when `--` said where the options end. */
  readonly literal: string | null;
}

export const defaultListOptions: ListOptions = {
  all: false,
  hidden: false,
  long: false,
  recursive: false,
  followLinks: false,
  directoryItself: false,
  classify: false,
  numericOwners: false,
  humanSizes: false,
  order: 'name',
  reverse: false,
};

const letters: Readonly<Record<string, Partial<ListOptions>>> = {
  a: { all: true },
  A: { hidden: true },
  l: { long: true },
  L: { followLinks: true },
  R: { recursive: true },
  t: { order: 'time' },
  S: { order: 'size' },
  r: { reverse: true },
  d: { directoryItself: true },
  F: { classify: true },
  n: { numericOwners: true },
  h: { humanSizes: true },
};

/**
 * Reads the argument of LIST, NLST or `STAT path`: option words that begin with `-`, then at most one path, which
 * is everything after one space, spaces included. `--` ends the options, so that a name may begin with a hyphen.
 * Never fails, because FTP knows no options: they are a custom of clients that speak to `ls`.
 */
export function parseListArgument(argument: string | null): ListRequest {
  const whole = argument ?? '';
  let options = defaultListOptions;
  let rest = whole;
  while (rest.startsWith('-') && rest !== '-' && !rest.startsWith('- ')) {
    const end = rest.indexOf(' ');
    const word = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? '' : rest.slice(end + 1);
    if (word === '--') return { options, path: pathOrNull(rest), literal: null };
    options = withLetters(options, word);
  }
  return { options, path: pathOrNull(rest), literal: pathOrNull(whole) };
}

function withLetters(options: ListOptions, word: string): ListOptions {
  const merged: ListOptions = { ...options };
  for (const letter of word) if (Object.hasOwn(letters, letter)) Object.assign(merged, letters[letter]);
  return merged;
}

function pathOrNull(text: string): string | null {
  return /^ *$/.test(text) ? null : text;
}
