import { WherryError } from '#core/errors.ts';
import { formatAddress, parseAddress, type IpAddress } from './address.ts';
import { trimBlanks } from './command-line.ts';

/** Where a data connection goes to. */
export interface Endpoint {
  readonly family: 4 | 6;
  /** In its canonical form, without zone. */
  readonly address: string;
  readonly port: number;
}

/**
 * Reads the argument of PORT, `h1,h2,h3,h4,p1,p2` (RFC 959).
 *
 * @throws WherryError `invalid-argument` unless it is six decimal octets and the port is not 0
 */
export function parseHostPort(argument: string): Endpoint {
  const octets = decimalOctets(trimBlanks(argument), 6);
  if (octets === null) throw invalid('PORT needs six numbers from 0 to 255, as in h1,h2,h3,h4,p1,p2');
  return endpoint(octets.slice(0, 4), octets.slice(4));
}

/**
 * Reads the argument of EPRT, `<d>family<d>address<d>port<d>` with any delimiter from `!` to `~` (RFC 2428).
 *
 * @throws WherryError `not-supported` for a family other than 1 and 2 (answered 522), else `invalid-argument`
 */
export function parseExtendedPort(argument: string): Endpoint {
  const text = trimBlanks(argument);
  const delimiter = text.charAt(0);
  if (!/^[!-~]$/.test(delimiter)) throw invalid('EPRT needs |family|address|port|');
  const [before, family = '', addressText = '', port = '', after, ...rest] = text.split(delimiter, 7);
  if (before !== '' || after !== '' || rest.length > 0) throw invalid('EPRT needs |family|address|port|');
  if (!/^\d{1,5}$/.test(family)) throw invalid('The address family of EPRT is not a number');
  if (family !== '1' && family !== '2') throw new WherryError('not-supported', 'Unknown address family');
  const address = parseAddress(addressText);
  const wellFormed =
    family === '1' ? !addressText.includes(':') : /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(addressText);
  if (address === null || !wellFormed) throw invalid('The address of EPRT is not valid for its family');
  if (!/^\d{1,5}$/.test(port)) throw invalid('The port of EPRT is not a number');
  return { family: address.family, address: formatAddress(address), port: checkedPort(Number(port)) };
}

const longFamilies: Readonly<Record<number, number>> = { 4: 4, 6: 16 };

/**
 * Reads the argument of LPRT, `family,length,octets…,2,p1,p2` (RFC 1639).
 *
 * @throws WherryError `not-supported` for a family other than 4 and 6 (answered 521), else `invalid-argument`
 */
export function parseLongPort(argument: string): Endpoint {
  const text = trimBlanks(argument);
  const [family = -1, ...rest] = decimalOctets(text, null) ?? [];
  if (family < 0) throw invalid('LPRT needs numbers from 0 to 255 with commas between');
  const length = longFamilies[family];
  if (length === undefined) throw new WherryError('not-supported', 'Unknown address family');
  if (rest[0] !== length || rest[length + 1] !== 2 || rest.length !== length + 4) {
    throw invalid('The lengths in LPRT do not fit its address family');
  }
  return endpoint(rest.slice(1, length + 1), rest.slice(length + 2));
}

/** What EPSV asks for: the family of the control connection, a family, or to refuse everything else from now on. */
export type ExtendedPassiveRequest = 'default' | 'all' | 4 | 6;

/**
 * Reads the argument of EPSV (RFC 2428).
 *
 * @throws WherryError `not-supported` for a family other than 1 and 2 (answered 522), else `invalid-argument`
 */
export function parseExtendedPassive(argument: string | null): ExtendedPassiveRequest {
  const text = trimBlanks(argument ?? '').toUpperCase();
  if (text === '') return 'default';
  if (text === 'ALL') return 'all';
  if (text === '1') return 4;
  if (text === '2') return 6;
  if (/^\d{1,5}$/.test(text)) throw new WherryError('not-supported', 'Unknown address family');
  throw invalid('EPSV takes 1, 2 or ALL');
}

/**
 * `h1,h2,h3,h4,p1,p2` for PORT and 227.
 *
 * @throws WherryError `not-supported` for an IPv6 address, which this form cannot hold
 */
export function formatHostPort(target: Pick<Endpoint, 'address' | 'port'>): string {
  const address = parsed(target.address);
  if (address.family === 6) throw new WherryError('not-supported', 'An IPv6 address needs EPRT or EPSV');
  return [...address.octets, target.port >> 8, target.port & 255].join(',');
}

/** `|family|address|port|` for EPRT. */
export function formatExtendedPort(target: Pick<Endpoint, 'address' | 'port'>): string {
  const address = parsed(target.address);
  return `|${address.family === 4 ? 1 : 2}|${formatAddress(address)}|${target.port}|`;
}

/** `family,length,octets…,2,p1,p2` for LPRT and 228. */
export function formatLongPort(target: Pick<Endpoint, 'address' | 'port'>): string {
  const { family, octets } = parsed(target.address);
  return [family, octets.length, ...octets, 2, target.port >> 8, target.port & 255].join(',');
}

/** The text of 227. @throws WherryError as {@link formatHostPort} */
export function formatPassiveText(target: Pick<Endpoint, 'address' | 'port'>): string {
  return `Entering Passive Mode (${formatHostPort(target)})`;
}

/** The text of 228. */
export function formatLongPassiveText(target: Pick<Endpoint, 'address' | 'port'>): string {
  return `Entering Long Passive Mode (${formatLongPort(target)})`;
}

/** The text of 229. */
export function formatExtendedPassiveText(port: number): string {
  return `Entering Extended Passive Mode (|||${port}|)`;
}

/**
 * Finds the address in the text of a 227 reply: the first six numbers with commas between, wherever they stand
 * (RFC 1123 section 4.1.2.6), spaces allowed, negative octets taken as the byte they are meant to be.
 *
 * @throws WherryError `protocol` when there is none
 */
export function parsePassiveText(text: string): Endpoint {
  const match = /-?\d{1,3}(?: {0,4}, {0,4}-?\d{1,3}){5}(?!\d)/.exec(text);
  const octets = (match?.[0] ?? '').split(',').map((part) => Number(part));
  if (match === null || octets.some((octet) => octet > 255 || octet < -128)) throw unreadable('227');
  const bytes = octets.map((octet) => octet & 255);
  return announced('227', bytes.slice(0, 4), bytes.slice(4));
}

/**
 * Finds the port in the text of a 229 reply, with any delimiter and with or without parentheses.
 *
 * @throws WherryError `protocol` when there is none
 */
export function parseExtendedPassiveText(text: string): number {
  const match =
    /\(([!-~])\1\1(\d{1,5})\1\)/.exec(text) ??
    /([!-/:-@[-`{-~])\1\1(\d{1,5})\1/.exec(text) ??
    /([|!])[12]?\1[0-9a-f:.]*\1(\d{1,5})\1/i.exec(text);
  const port = Number(match?.[2] ?? 0);
  if (port < 1 || port > 65_535) throw unreadable('229');
  return port;
}

/**
 * Finds the address in the text of a 228 reply.
 *
 * @throws WherryError `protocol` when there is none
 */
export function parseLongPassiveText(text: string): Endpoint {
  const match = /\d{1,3}(?:,\d{1,3}){8,20}/.exec(text);
  try {
    return parseLongPort(match?.[0] ?? '');
  } catch (error) {
    throw new WherryError('protocol', 'The 228 reply holds no address that can be used', { cause: error });
  }
}

function decimalOctets(text: string, count: number | null): number[] | null {
  if (!/^\d{1,3}(?:,\d{1,3}){0,24}$/.test(text)) return null;
  const octets = text.split(',').map(Number);
  return octets.every((octet) => octet <= 255) && (count === null || octets.length === count) ? octets : null;
}

function endpoint(octets: readonly number[], port: readonly number[]): Endpoint {
  const address = parsed(formatAddress({ family: octets.length === 4 ? 4 : 6, octets }));
  return {
    family: address.family,
    address: formatAddress(address),
    port: checkedPort((port[0] ?? 0) * 256 + (port[1] ?? 0)),
  };
}

function announced(code: string, octets: readonly number[], port: readonly number[]): Endpoint {
  if (port.every((octet) => octet === 0)) throw unreadable(code);
  return endpoint(octets, port);
}

function parsed(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === null) throw invalid('This is no IP address');
  return address;
}

function checkedPort(port: number): number {
  if (port < 1 || port > 65_535) throw invalid('The port is not from 1 to 65535');
  return port;
}

function invalid(message: string): WherryError {
  return new WherryError('invalid-argument', message);
}

function unreadable(code: string): WherryError {
  return new WherryError('protocol', `The ${code} reply holds no address that can be used`);
}
