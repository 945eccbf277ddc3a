import { hashAlgorithms, type HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import { trimmedArgument, upperCaseAscii } from './command-line.ts';

/** Reads `ON` or `OFF`, as OPTS UTF8 and SSCN take it; `whenAbsent` without an argument. @throws WherryError `invalid-argument` */
export function parseSwitch(argument: string | null, whenAbsent: boolean): boolean {
  const text = upperCaseAscii(trimmedArgument(argument) ?? '');
  if (text === '') return whenAbsent;
  if (text !== 'ON' && text !== 'OFF') throw invalid('Only ON and OFF can be said here');
  return text === 'ON';
}

/**
 * Reads `Z LEVEL n`, the part of `OPTS MODE Z LEVEL n` behind MODE, n from 0 to 9 (draft-preston-ftpext-deflate).
 *
 * @throws WherryError `invalid-argument`, also for other settings
 */
export function parseDeflateLevel(argument: string | null): number {
  const found = /^Z +LEVEL +(\d)$/i.exec(trimmedArgument(argument) ?? '');
  if (found === null) throw invalid('OPTS MODE takes Z LEVEL and a number from 0 to 9');
  return Number(found[1]);
}

const hashNames: ReadonlyMap<string, HashAlgorithm> = new Map(
  hashAlgorithms.flatMap((name) => [
    [name, name],
    [name.replace('-', ''), name],
  ]),
);

/** Reads the name of a digest as OPTS HASH takes it; null without an argument. @throws WherryError `invalid-argument` */
export function parseHashName(argument: string | null): HashAlgorithm | null {
  const text = trimmedArgument(argument);
  if (text === null) return null;
  const name = hashNames.get(upperCaseAscii(text));
  if (name === undefined) throw invalid('This digest is not known');
  return name;
}

/** The line of FEAT: every digest, the chosen one with a star (draft-bryan-ftpext-hash). */
export function formatHashFeature(available: readonly HashAlgorithm[], selected: HashAlgorithm): string {
  return `HASH ${available.map((name) => (name === selected ? `${name}*` : name)).join(';')}`;
}

/**
 * Reads the tag of LANG (RFC 2640, RFC 5646) in lower case; null for the default.
 *
 * @throws WherryError `invalid-argument` unless it has the form of a language tag
 */
export function parseLanguage(argument: string | null): string | null {
  const text = trimmedArgument(argument);
  if (text === null) return null;
  if (text.length > 64 || !/^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/i.test(text)) {
    throw invalid('This is no language tag');
  }
  return text.toLowerCase();
}

/**
 * Reads what a client says of itself with CSID, `Name=x; Version=y;`, names in lower case.
 *
 * @throws WherryError `invalid-argument` unless it is a list of such pairs
 */
export function parseClientIdentity(argument: string | null): ReadonlyMap<string, string> {
  const pairs = (trimmedArgument(argument) ?? '').slice(0, 1024).split(';');
  const identity = new Map<string, string>();
  for (const pair of pairs) {
    const text = pair.trim();
    const equals = text.indexOf('=');
    if (text === '') continue;
    if (equals < 1) throw invalid('CSID takes a list of Name=value;');
    identity.set(text.slice(0, equals).toLowerCase(), text.slice(equals + 1));
  }
  if (identity.size === 0) throw invalid('CSID takes a list of Name=value;');
  return identity;
}

function invalid(message: string): WherryError {
  return new WherryError('invalid-argument', message);
}
