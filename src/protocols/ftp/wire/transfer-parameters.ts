import { WherryError } from '#core/errors.ts';
import { trimmedArgument } from './command-line.ts';

/** How the octets of a file are represented: `ascii`, as they are, or EBCDIC. */
export type RepresentationType = 'ascii' | 'image' | 'ebcdic';
export type FileStructure = 'file' | 'record';
export type TransferMode = 'stream' | 'block' | 'compressed' | 'deflate';

const types: Readonly<Record<string, RepresentationType>> = {
  A: 'ascii',
  'A N': 'ascii',
  'A T': 'ascii',
  I: 'image',
  'L 8': 'image',
  E: 'ebcdic',
  'E N': 'ebcdic',
  'E T': 'ebcdic',
};

/**
 * Reads the argument of TYPE. `L 8` is `I` (RFC 1123 section 4.1.2.1), and telnet format controls change nothing.
 *
 * @throws WherryError `not-supported` for carriage control and other byte sizes, else `invalid-argument`
 */
export function parseType(argument: string | null): RepresentationType {
  const text = keywords(argument, 'TYPE');
  const type = own(types, text);
  if (type !== undefined) return type;
  if (/^(?:[AE] C|L \d{1,3})$/.test(text)) throw unsupported(`TYPE ${text}`);
  throw invalid('TYPE takes A, E, I or L 8');
}

const structures: Readonly<Record<string, FileStructure>> = { F: 'file', R: 'record' };

/** Reads the argument of STRU. @throws WherryError `not-supported` for `P`, else `invalid-argument` */
export function parseStructure(argument: string | null): FileStructure {
  const text = keywords(argument, 'STRU');
  const structure = own(structures, text);
  if (structure !== undefined) return structure;
  throw text === 'P' ? unsupported('STRU P') : invalid('STRU takes F or R');
}

const modes: Readonly<Record<string, TransferMode>> = {
  S: 'stream',
  B: 'block',
  C: 'compressed',
  Z: 'deflate',
};

/** Reads the argument of MODE; whether the server does a mode is for it to say. @throws WherryError `invalid-argument` */
export function parseMode(argument: string | null): TransferMode {
  const mode = own(modes, keywords(argument, 'MODE'));
  if (mode === undefined) throw invalid('MODE takes S, B, C or Z');
  return mode;
}

/** What ALLO announces, in octets. */
export interface Allocation {
  readonly size: number;
  /** The longest record, when it was given. */
  readonly recordSize: number | null;
}

/** Reads `n` or `n R m` of ALLO. @throws WherryError `invalid-argument` */
export function parseAllocation(argument: string | null): Allocation {
  const [size, , recordSize] = match(argument, /^(\d+)( +R +(\d+))?$/i, 'ALLO takes a number of octets');
  return {
    size: safeNumber(size, 'ALLO takes a number of octets'),
    recordSize: recordSize === undefined ? null : safeNumber(recordSize, 'The record size is too large'),
  };
}

/** Reads the offset of REST in stream mode. @throws WherryError `invalid-argument` unless it is digits only */
export function parseRestart(argument: string | null): number {
  const [offset] = match(argument, /^(\d+)$/, 'REST takes a position in octets');
  return safeNumber(offset, 'The position is too large');
}

/** Both ends of a range, inclusive; null when `RANG 1 0` took it back. */
export type ByteRange = { readonly first: number; readonly last: number } | null;

/**
 * Reads `first last` of RANG (draft-bryan-ftp-range).
 *
 * @throws WherryError `invalid-argument`, also when the range is backwards, which takes an earlier one back too
 */
export function parseRange(argument: string | null): ByteRange {
  const [from, to] = match(argument, /^(\d+) +(\d+)$/, 'RANG takes the first and the last position');
  const first = safeNumber(from, 'The position is too large');
  const last = safeNumber(to, 'The position is too large');
  if (first === 1 && last === 0) return null;
  if (first > last) throw invalid('The range ends before it begins');
  return { first, last };
}

/** The argument in upper case with one space between its words. */
function keywords(argument: string | null, verb: string): string {
  const text = trimmedArgument(argument);
  if (text === null) throw invalid(`${verb} needs an argument`);
  return text.slice(0, 64).replaceAll(/ +/g, ' ').toUpperCase();
}

function match(argument: string | null, pattern: RegExp, message: string): (string | undefined)[] {
  const found = pattern.exec(trimmedArgument(argument) ?? '');
  if (found === null) throw invalid(message);
  return found.slice(1);
}

function safeNumber(digits: string | undefined, message: string): number {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw invalid(message);
  return value;
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function invalid(message: string): WherryError {
  return new WherryError('invalid-argument', message);
}

function unsupported(what: string): WherryError {
  return new WherryError('not-supported', `${what} is not supported`);
}
