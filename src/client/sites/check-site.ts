import { WherryError } from '#core/errors.ts';
import { schemes } from '../address.ts';
import { emptySite, encryptions, logonTypes, type Bookmark, type Site } from './site.ts';

const transferModes = ['default', 'active', 'passive'] as const;

/**
 * Makes a site of whatever was read: what is missing is as in {@link emptySite}, what makes no sense is refused.
 *
 * @throws WherryError `invalid-argument`, naming the field
 */
export function checkSite(input: unknown): Site {
  if (typeof input !== 'object' || input === null) throw wrong('record', 'is none');
  const given = input as Readonly<Record<string, unknown>>;
  const scheme = oneOf(
    given,
    'scheme',
    Object.keys(schemes).filter((name) => name !== 'file'),
  );
  return {
    name: name(given['name'], 'name'),
    folder: list(given['folder']).map((part) => name(part, 'folder')),
    scheme: scheme as Site['scheme'],
    host: name(given['host'], 'host'),
    port: number(given, 'port', [1, 65_535]),
    encryption: oneOf(given, 'encryption', encryptions, emptySite.encryption) as Site['encryption'],
    logon: oneOf(given, 'logon', logonTypes, emptySite.logon) as Site['logon'],
    user: text(given, 'user'),
    password: text(given, 'password'),
    account: text(given, 'account'),
    keyFile: text(given, 'keyFile'),
    transferMode: oneOf(given, 'transferMode', transferModes, 'default') as Site['transferMode'],
    connections: number(given, 'connections', [1, 1000]),
    charset: charset(given),
    timeOffsetMinutes: number(given, 'timeOffsetMinutes', [-1440, 1440]),
    localDirectory: text(given, 'localDirectory'),
    remoteDirectory: text(given, 'remoteDirectory'),
    synchronisedBrowsing: given['synchronisedBrowsing'] === true,
    directoryComparison: given['directoryComparison'] === true,
    bypassProxy: given['bypassProxy'] === true,
    comment: text(given, 'comment'),
    colour: text(given, 'colour'),
    bookmarks: list(given['bookmarks']).map(checkBookmark),
  };
}

function checkBookmark(input: unknown): Bookmark {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Readonly<
    Record<string, unknown>
  >;
  return {
    name: name(given['name'], 'bookmarks'),
    localDirectory: text(given, 'localDirectory'),
    remoteDirectory: text(given, 'remoteDirectory'),
  };
}

type Given = Readonly<Record<string, unknown>>;

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Control characters would break lists and logs, and nobody means them. */
function name(value: unknown, field: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  if (typeof value === 'string' && value.trim() !== '' && !/[\u0000-\u001f\u007f]/.test(value)) return value;
  throw wrong(field, 'is missing, or holds control characters');
}

function text(given: Given, field: string): string | null {
  const value = given[field] ?? null;
  if (value === null || value === '') return null;
  if (typeof value === 'string' && !value.includes('\0')) return value;
  throw wrong(field, 'is no text');
}

function number(given: Given, field: string, [lowest, highest]: readonly [number, number]): number | null {
  const value = given[field] ?? null;
  if (value === null) return null;
  if (Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest)
    return value as number;
  throw wrong(field, `is a number from ${lowest} to ${highest}`);
}

function oneOf(given: Given, field: string, values: readonly string[], usual?: string): string {
  const value = given[field] ?? usual;
  if (typeof value === 'string' && values.includes(value)) return value;
  throw wrong(field, `is one of ${values.join(', ')}`);
}

function charset(given: Given): string | null {
  const value = text(given, 'charset');
  if (value === null) return null;
  try {
    return new TextDecoder(value).encoding;
  } catch {
    throw wrong('charset', 'is no encoding that is known');
  }
}

function wrong(field: string, why: string): WherryError {
  return new WherryError('invalid-argument', `Cannot use the site: its ${field} ${why}`);
}
