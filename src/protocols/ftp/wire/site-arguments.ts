import { WherryError } from '#core/errors.ts';
import { trimmedArgument, upperCaseAscii } from './command-line.ts';
import { parsePathList, requirePath } from './path-arguments.ts';

/** The word after SITE, in upper case, and what follows exactly one space. */
export interface SiteRequest {
  readonly verb: string;
  readonly argument: string | null;
}

/** Parts the argument of SITE. @throws WherryError `invalid-argument` when it is missing */
export function parseSite(argument: string | null): SiteRequest {
  const text = argument ?? '';
  const end = text.indexOf(' ');
  const verb = upperCaseAscii(end < 0 ? text : text.slice(0, end));
  if (verb === '') throw new WherryError('invalid-argument', 'SITE needs a command');
  return { verb, argument: end < 0 ? null : text.slice(end + 1) };
}

/** Reads `mode path` of SITE CHMOD, the mode octal, 0 to 7777. @throws WherryError `invalid-argument` */
export function parseModeChange(argument: string | null): { readonly mode: number; readonly path: string } {
  const text = argument ?? '';
  const end = text.indexOf(' ');
  const mode = end < 0 ? null : readOctal(text.slice(0, end));
  if (mode === null) throw new WherryError('invalid-argument', 'SITE CHMOD takes an octal mode and a path');
  return { mode, path: requirePath(text.slice(end + 1)) };
}

/** Reads the mask of SITE UMASK, octal, 0 to 777; null without one. @throws WherryError `invalid-argument` */
export function parseMask(argument: string | null): number | null {
  const text = trimmedArgument(argument);
  if (text === null) return null;
  const mask = readOctal(text);
  if (mask === null || mask > 0o777)
    throw new WherryError('invalid-argument', 'SITE UMASK takes an octal mask');
  return mask;
}

/** Reads an octal mode as MFF's UNIX.mode and SITE CHMOD write it; null when it is none. */
export function readOctal(text: string): number | null {
  return /^0?[0-7]{1,4}$/.test(text) ? Number.parseInt(text, 8) : null;
}

/** Reads the seconds of SITE IDLE; null without an argument. @throws WherryError `invalid-argument` */
export function parseIdleSeconds(argument: string | null): number | null {
  const text = trimmedArgument(argument);
  if (text === null) return null;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new WherryError('invalid-argument', 'SITE IDLE takes seconds');
  return Number(text);
}

/**
 * Reads the two paths of SITE SYMLINK (target first, as `ln -s`) or SITE COPY. Each may be quoted; without quotes
 * neither may hold a space.
 *
 * @throws WherryError `invalid-argument` unless there are exactly two
 */
export function parseTwoPaths(argument: string | null): { readonly first: string; readonly second: string } {
  const [first = '', second = '', ...rest] = parsePathList(argument);
  if (first === '' || second === '' || rest.length > 0) {
    throw new WherryError('invalid-argument', 'Two paths are needed, in quotes where they hold spaces');
  }
  return { first, second };
}
