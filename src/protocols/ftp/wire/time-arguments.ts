import { WherryError } from '#core/errors.ts';
import { requirePath } from './path-arguments.ts';
import { parseTimeValue, readShortTimeValue, readTimeValue } from './time-value.ts';

/** A time to give a file, milliseconds since 1970 in UTC. */
export interface TimedPath {
  readonly timeMs: number;
  readonly path: string;
}

/**
 * Reads `YYYYMMDDHHMMSS path` of MFMT and MFCT (draft-somers-ftp-mfxx).
 *
 * @throws WherryError `invalid-argument`, also for a date that does not exist
 */
export function parseTimedPath(argument: string | null): TimedPath {
  const text = argument ?? '';
  const end = text.indexOf(' ');
  if (end < 0) throw new WherryError('invalid-argument', 'A time and a path are needed');
  return { timeMs: parseTimeValue(text.slice(0, end)), path: requirePath(text.slice(end + 1)) };
}

/**
 * The old form of MDTM that sets a time, which is also the name of a file with a space in it: null when it is only
 * a path. A file of that whole name must win (RFC 3659 section 3.1).
 */
export function readLegacyTimedPath(argument: string): TimedPath | null {
  const found = /^(\d{14}(?:\.\d{1,9})?) ([^]+)$/.exec(argument);
  const timeMs = readTimeValue(found?.[1] ?? '');
  return found === null || timeMs === null ? null : { timeMs, path: found[2] ?? '' };
}

/** Facts to set on a file: names in lower case with their values as given. */
export interface FactChanges {
  readonly facts: ReadonlyMap<string, string>;
  readonly path: string;
}

/**
 * Reads `fact=value;… path` of MFF (draft-somers-ftp-mfxx): the facts end at the first space, which stands right
 * behind a semicolon.
 *
 * @throws WherryError `invalid-argument`
 */
export function parseFactChanges(argument: string | null): FactChanges {
  const text = argument ?? '';
  const end = text.indexOf('; ');
  const space = text.indexOf(' ');
  if (end < 0 || space !== end + 1)
    throw new WherryError('invalid-argument', 'MFF takes fact=value; and a path');
  const facts = new Map<string, string>();
  for (const fact of text.slice(0, end).split(';')) {
    const equals = fact.indexOf('=');
    if (equals < 1) throw new WherryError('invalid-argument', 'A fact has the form name=value');
    facts.set(fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1));
  }
  return { facts, path: requirePath(text.slice(space + 1)) };
}

/** What SITE UTIME sets; the time of the last read only in its long form. */
export interface SiteTimes {
  readonly path: string;
  readonly modifiedAt: number;
  readonly accessedAt: number | null;
}

/**
 * Reads both forms of SITE UTIME: `YYYYMMDDhhmm[ss] path`, and `path atime mtime ctime UTC`, whose path may hold
 * spaces. All times are UTC; the third one of the long form cannot be set and is only checked.
 *
 * @throws WherryError `invalid-argument`
 */
export function parseSiteTimes(argument: string | null): SiteTimes {
  const text = argument ?? '';
  const long = / (\d{12,14}) (\d{12,14}) (\d{12,14}) UTC *$/i.exec(text.slice(-64));
  if (long !== null) {
    const [accessedAt, modifiedAt, changedAt] = long.slice(1, 4).map((digits) => readShortTimeValue(digits));
    const path = text.slice(0, text.length - Math.min(64, text.length) + long.index);
    if (isTime(accessedAt) && isTime(modifiedAt) && isTime(changedAt) && path !== '') {
      return { path, modifiedAt, accessedAt };
    }
  }
  const short = /^(\d{12,14}) ([^]+)$/.exec(text);
  const modifiedAt = readShortTimeValue(short?.[1] ?? '');
  if (short === null || modifiedAt === null) {
    throw new WherryError('invalid-argument', 'SITE UTIME takes YYYYMMDDhhmm[ss] in UTC and a path');
  }
  return { path: short[2] ?? '', modifiedAt, accessedAt: null };
}

function isTime(time: number | null | undefined): time is number {
  return time !== null && time !== undefined;
}
