import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { WherryError } from '#core/errors.ts';
import { decodeName } from '#core/name-encoding.ts';
import { Secret } from '#core/secret.ts';

/** What each scheme of an address stands for, and the port that it has by itself. */
export const schemes = {
  ftp: { port: 21, title: 'FTP, with explicit TLS where the server offers it' },
  ftps: { port: 990, title: 'FTP with implicit TLS' },
  ftpes: { port: 21, title: 'FTP with explicit TLS, required' },
  sftp: { port: 22, title: 'SFTP over SSH' },
  scp: { port: 22, title: 'SCP over SSH' },
  tftp: { port: 69, title: 'TFTP' },
  'ftp+ssh': { port: 22, title: 'FTP through an SSH connection' },
  file: { port: null, title: 'the disk of this machine' },
} as const;

/** A scheme of {@link schemes}. */
export type Scheme = keyof typeof schemes;

/** Where files are: a remote place, or one of this machine. */
export interface Address {
  readonly scheme: Scheme;
  /** A name in ASCII or a numeric address without brackets; null for `file`. */
  readonly host: string | null;
  /** 1 to 65535; the scheme's own when the address has none, null for `file`. */
  readonly port: number | null;
  readonly user: string | null;
  readonly password: Secret | null;
  /** Decoded. Relative to the directory that a login starts in unless {@link isAbsolute}; never starts with `/`. */
  readonly path: string;
  readonly isAbsolute: boolean;
}

/** The words of a saved site: `@NAME` or `@NAME/path`. */
export interface SiteAddress {
  readonly site: string;
  /** As in {@link Address}; a second slash makes it absolute. */
  readonly path: string;
  readonly isAbsolute: boolean;
}

/** Longer than every path of {@link maximumPathLength} can be, with each octet percent-encoded. */
const maximumLength = 16_384;

/** What people try because the same servers have their files there too. */
const otherProtocols: ReadonlySet<string> = new Set([
  'http',
  'https',
  'http+dav',
  'https+dav',
  'dav',
  'davs',
]);

const schemePattern = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(.*)$/is;

/** What is no address but might be taken for one. */
const otherScheme = /^[a-z][a-z0-9+.-]+:\/\//i;

/** Whether a text is a URL or a saved site, and not a path of this machine. */
export function isRemoteAddress(text: string): boolean {
  return (otherScheme.test(text) && !/^file:/i.test(text)) || parseSiteAddress(text) !== null;
}

/** Takes `@NAME/path` apart; null for anything else. A local file called `@x` is written `./@x`. */
export function parseSiteAddress(text: string): SiteAddress | null {
  const match = /^@([^/]+)(?:\/(.*))?$/s.exec(text);
  if (match?.[1] === undefined) return null;
  return { site: match[1], ...splitPath(match[2] ?? '') };
}

/**
 * Reads a URL (RFC 1738 with what programs made of it: a path is relative to the login directory, `//` or `/%2F`
 * makes it absolute) or a path of this machine. `?` and `#` are ordinary characters of a path, as file names have
 * them; a `;type=` at its end is passed over, since transfers are binary.
 *
 * @throws WherryError `invalid-argument` for what cannot be read, naming what is allowed
 */
export function parseAddress(input: string | URL): Address {
  const text = typeof input === 'string' ? input : input.href;
  if (text.length > maximumLength) throw unreadable('it is too long');
  if (text.includes('\0')) throw unreadable('it holds a NUL character');
  const match = schemePattern.exec(text);
  if (match === null) return localAddress(text);
  const [, written = '', authority = '', rest = ''] = match;
  const scheme = written.toLowerCase();
  if (!Object.hasOwn(schemes, scheme)) {
    if (otherProtocols.has(scheme)) {
      throw unreadable(
        `${scheme}:// is HTTP, which is not spoken here; a server of wherry has the same files by sftp:// and ftp://`,
      );
    }
    const known = Object.keys(schemes).join('://, ');
    throw unreadable(`"${scheme}" is not known; there are ${known}:// and paths of this machine`);
  }
  if (scheme === 'file') return fileAddress(authority, rest);
  return { scheme: scheme as Scheme, ...parseAuthority(authority, scheme as Scheme), ...parsePath(rest) };
}

function localAddress(text: string): Address {
  if (text === '') throw unreadable('it is empty');
  const nowhere = { host: null, port: null, user: null, password: null };
  const isAbsolute = text.startsWith('/');
  return { scheme: 'file', ...nowhere, path: text.replace(/^\/+/, ''), isAbsolute };
}

function fileAddress(authority: string, rest: string): Address {
  if (authority !== '' && authority.toLowerCase() !== 'localhost') {
    throw unreadable('a file: address names a path of this machine, as in file:///home/me');
  }
  return localAddress(percentDecode(rest === '' ? '/' : rest));
}

function parsePath(rest: string): Pick<Address, 'path' | 'isAbsolute'> {
  const withoutType = rest.replace(/;type=[aid]$/i, '');
  return splitPath(percentDecode(withoutType.slice(1)));
}

/** A path as it follows the slash behind a host: another slash in front makes it absolute. */
function splitPath(path: string): Pick<Address, 'path' | 'isAbsolute'> {
  return { path: path.replace(/^\/+/, ''), isAbsolute: path.startsWith('/') };
}

type Authority = Pick<Address, 'host' | 'port' | 'user' | 'password'>;

function parseAuthority(authority: string, scheme: Scheme): Authority {
  // Passwords pasted into an address may hold an @ of their own; a host cannot.
  const at = authority.lastIndexOf('@');
  const place = parsePlace(authority.slice(at + 1), scheme);
  if (at < 0) return { ...place, user: null, password: null };
  const words = authority.slice(0, at);
  const colon = words.indexOf(':');
  const user = percentDecode(colon < 0 ? words : words.slice(0, colon));
  const password = colon < 0 ? null : new Secret(percentDecode(words.slice(colon + 1)));
  return { ...place, user: user === '' ? null : user, password };
}

function parsePlace(text: string, scheme: Scheme): Pick<Address, 'host' | 'port'> {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
  if (match === null) throw unreadable('an IPv6 address stands in brackets, as in [::1]:21');
  const [, bracketed, name, digits = ''] = match;
  const host = bracketed === undefined ? hostName(name ?? '') : numericHost(bracketed);
  const port = digits === '' ? schemes[scheme].port : Number(digits);
  if (port !== null && (port < 1 || port > 65_535)) throw unreadable('a port is a number from 1 to 65535');
  return { host, port };
}

function numericHost(text: string): string {
  // A zone's percent sign may be encoded (RFC 6874) or not.
  const host = text.replace(/%25/, '%');
  if (isIP(host) !== 6) throw unreadable('brackets hold an IPv6 address');
  return host;
}

function hostName(text: string): string {
  if (text === '') throw unreadable('the host is missing');
  const host = domainToASCII(percentDecode(text));
  if (host === '' || /[\s/?#@\\]/.test(host)) throw unreadable('the host name holds what none can');
  return host;
}

/** Octets that are not UTF-8 stay what they are, as in names of files. */
function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (decoded.includes('\0')) throw unreadable('it holds a NUL character');
  return decodeName(Buffer.from(decoded, 'latin1'));
}

function unreadable(why: string): WherryError {
  return new WherryError('invalid-argument', `Cannot read the address: ${why}`);
}

/** The address for people and logs, without the password. */
export function formatAddress(address: Address): string {
  const { scheme, host, port, user, path, isAbsolute } = address;
  if (scheme === 'file' || host === null) return isAbsolute ? `/${path}` : path;
  const place = host.includes(':') ? `[${host}]` : host;
  const login = user === null ? '' : `${encodeURIComponent(user.toWellFormed())}@`;
  const suffix = port === null || port === schemes[scheme].port ? '' : `:${port}`;
  return `${scheme}://${login}${place}${suffix}/${isAbsolute ? '/' : ''}${encodePath(path)}`;
}

function encodePath(path: string): string {
  return path.replace(/%(?=[0-9a-f]{2})/gi, '%25');
}
