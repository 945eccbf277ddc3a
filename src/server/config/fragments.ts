import { isIP } from 'node:net';
import { parseAddress, parseNetwork } from '#protocols/ftp/wire/address.ts';
import { isFilePattern } from '#protocols/tftp/server/file-pattern.ts';
import type { Secret } from '#core/secret.ts';
import { parseDuration, parseSize } from './quantities.ts';

/**
 * How values of the configuration look. Each fragment is JSON Schema with one word of our own, `allowed`: what may
 * stand there, for whoever wrote something else.
 */
export const duration = {
  type: 'string',
  format: 'duration-with-unit',
  allowed: 'give a time with its unit, as in 500ms, 30s, 5m, 2h or 1d',
} as const;

/** A size in octets. */
export const size = {
  type: 'string',
  format: 'size-with-unit',
  allowed: 'give a size with its unit, as in 512 KiB, 20 MB or 1.5 GiB',
} as const;

/** A size, or `none` for no limit. */
export const optionalSize = {
  type: 'string',
  format: 'size-or-none',
  allowed: 'give a size with its unit, as in 512 KiB, 20 MB or 1.5 GiB, or none for no limit',
} as const;

/** A port to listen on, or `off`. */
export const port = {
  type: ['integer', 'string'],
  format: 'port-or-off',
  minimum: 0,
  maximum: 65_535,
  allowed: 'a port is a number from 0 (any free one) to 65535, or off',
} as const;

/** First and last port. */
export const portRange = {
  type: 'string',
  format: 'port-range',
  allowed: 'give the first and the last port, as in 50000-50999, or 0 for any free ones',
} as const;

/** An address of this machine to listen on. */
export const host = {
  type: 'string',
  format: 'host-address',
  allowed: 'give a numeric address, as in 127.0.0.1, 0.0.0.0 or ::',
} as const;

/** CIDR networks. */
export const networks = {
  type: 'array',
  maxItems: 1024,
  allowed: 'give a list of networks, as in [192.0.2.0/24, "2001:db8::/32"]',
  items: {
    type: 'string',
    format: 'network',
    allowed: 'give networks as in 192.0.2.0/24 or 2001:db8::/32',
  },
} as const;

/** A file or directory of this machine. */
export const path = {
  type: 'string',
  format: 'host-path',
  minLength: 1,
  allowed: 'give a file or directory; a relative one begins where this file lies',
} as const;

/** A file or directory, or null. */
export const optionalPath = { ...path, type: ['string', 'null'], default: null } as const;

/** Something that nobody else may know. */
export const secret = {
  type: 'string',
  format: 'secret',
  minLength: 1,
  secret: true,
  allowed:
    'give env:NAME for a variable of the environment, file:PATH for a file that holds it, or the secret',
} as const;

/** True or false, and no other word for them. */
export const flag = { type: 'boolean', allowed: 'write true or false' } as const;

/** A whole number. */
export const count = { type: 'integer', minimum: 0, allowed: 'give a whole number, 0 for no limit' } as const;

/** A whole number of at least one. */
export const positive = { type: 'integer', minimum: 1, allowed: 'give a whole number, at least 1' } as const;

/** A pattern of names that TFTP clients ask for. */
export const tftpPattern = {
  type: 'string',
  minLength: 1,
  format: 'tftp-pattern',
  allowed: 'give a pattern with at most 4 wildcards, which are * and words such as {mac}, each word once',
} as const;

/** A rate: octets a second with a unit, or `none`. */
export const optionalRate = {
  type: 'string',
  format: 'rate-or-none',
  allowed: 'give octets a second with their unit, as in 500 kB/s or 20 MiB/s, or none for no limit',
} as const;

/** What each format becomes when the configuration is read; in the types as in {@link conversions}. */
export type ConvertedFormats = [
  { pattern: { format: 'duration-with-unit' }; output: number },
  { pattern: { format: 'size-with-unit' }; output: number },
  { pattern: { format: 'size-or-none' }; output: number | null },
  { pattern: { format: 'rate-or-none' }; output: number | null },
  { pattern: { format: 'port-or-off' }; output: number | null },
  { pattern: { format: 'port-range' }; output: readonly [number, number] },
  { pattern: { format: 'secret' }; output: Secret },
];

/** Whether a text has the format. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  'duration-with-unit': (text) => parseDuration(text) !== null,
  'size-with-unit': (text) => parseSize(text) !== null,
  'size-or-none': (text) => text === 'none' || parseSize(text) !== null,
  'rate-or-none': (text) => text === 'none' || parseRate(text) !== null,
  'port-or-off': (text) => text === 'off',
  'port-range': (text) => parsePortRange(text) !== null,
  'host-address': (text) => text === 'localhost' || parseAddress(text) !== null,
  'ipv4-address': (text) => isIP(text) === 4,
  network: (text) => parseNetwork(text) !== null,
  'tftp-pattern': isFilePattern,
  'host-path': (text) => !text.includes('\0'),
  secret: () => true,
};

/** What a checked value of a format becomes; formats that are not here stay text. Secrets are read elsewhere. */
export const conversions: Readonly<Record<string, (value: string | number) => unknown>> = {
  'duration-with-unit': (value) => parseDuration(String(value)),
  'size-with-unit': (value) => parseSize(String(value)),
  'size-or-none': (value) => (value === 'none' ? null : parseSize(String(value))),
  'rate-or-none': (value) => (value === 'none' ? null : parseRate(String(value))),
  'port-or-off': (value) => (value === 'off' ? null : value),
  'port-range': (value) => parsePortRange(String(value)),
  'host-address': (value) => (value === 'localhost' ? '127.0.0.1' : value),
};

function parseRate(text: string): number | null {
  const octets = text.endsWith('/s') ? parseSize(text.slice(0, -2)) : null;
  return octets === 0 ? null : octets;
}

const highestPort = 65_535;

function parsePortRange(text: string): readonly [number, number] | null {
  if (text === '0') return [0, 0];
  const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/u.exec(text) ?? [];
  const range = [Number(first), Number(last)] as const;
  return range[0] >= 1 && range[0] <= range[1] && range[1] <= highestPort ? range : null;
}
