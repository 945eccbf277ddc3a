import type { ConfigLayer } from '#server/config/load-config.ts';
import { mergeSettings, type SettingPath } from '#server/config/json-path.ts';
import type { FlagSpec } from './words.ts';

/** How the text of a flag becomes a value of the configuration. Text that does not fit is left for the schema. */
type Reading = 'text' | 'number' | 'seconds' | 'list' | 'true' | 'switch' | 'json-format';

interface FlagRow {
  readonly flag: string;
  readonly path: readonly string[];
  readonly reading: Reading;
}

/** Flags that stand for one setting of the configuration each. `WHERRY_` and the name in capitals means the same. */
const rows: readonly FlagRow[] = [
  { flag: 'data-dir', path: ['dataDirectory'], reading: 'text' },
  { flag: 'run-as', path: ['runAs'], reading: 'text' },
  { flag: 'host', path: ['listen', 'host'], reading: 'text' },
  { flag: 'ftp', path: ['listen', 'ftp'], reading: 'number' },
  { flag: 'ftps', path: ['listen', 'ftps'], reading: 'number' },
  { flag: 'sftp', path: ['listen', 'sftp'], reading: 'number' },
  { flag: 'tftp', path: ['listen', 'tftp'], reading: 'number' },
  { flag: 'http', path: ['listen', 'http'], reading: 'number' },
  { flag: 'tunnel', path: ['ssh', 'tunnel'], reading: 'switch' },
  { flag: 'ssh-algorithms', path: ['ssh', 'algorithms'], reading: 'text' },
  { flag: 'tftp-write', path: ['tftp', 'write'], reading: 'text' },
  { flag: 'passive-ports', path: ['passive', 'ports'], reading: 'text' },
  { flag: 'passive-address', path: ['passive', 'address'], reading: 'text' },
  { flag: 'anonymous', path: ['accounts', 'anonymous'], reading: 'true' },
  { flag: 'read-only', path: ['accounts', 'readOnly'], reading: 'true' },
  { flag: 'require-tls', path: ['tls', 'require'], reading: 'true' },
  { flag: 'tls-session-reuse', path: ['tls', 'sessionReuse'], reading: 'text' },
  { flag: 'tls-client-certificates', path: ['tls', 'clientCertificates'], reading: 'text' },
  { flag: 'tls-client-ca', path: ['tls', 'clientAuthority'], reading: 'text' },
  { flag: 'fxp', path: ['ftp', 'fxpNetworks'], reading: 'list' },
  { flag: 'proxy-protocol', path: ['proxyProtocol', 'networks'], reading: 'list' },
  { flag: 'durability', path: ['storage', 'durability'], reading: 'text' },
  { flag: 'max-per-address', path: ['limits', 'sessionsPerAddress'], reading: 'number' },
  { flag: 'idle-timeout', path: ['timeouts', 'idle'], reading: 'seconds' },
  { flag: 'grace', path: ['grace'], reading: 'seconds' },
  { flag: 'log', path: ['log', 'detail'], reading: 'text' },
  { flag: 'json', path: ['log', 'format'], reading: 'json-format' },
];

const withoutText: ReadonlySet<Reading> = new Set<Reading>(['true', 'json-format']);

/** The flags of {@link rows} in the form that reading words wants. */
export const settingFlags: Readonly<Record<string, FlagSpec>> = Object.fromEntries(
  rows.map(({ flag, reading }) => [
    flag,
    withoutText.has(reading)
      ? { type: 'boolean' as const }
      : { type: 'string' as const, ...(reading === 'list' ? { multiple: true as const } : {}) },
  ]),
);

type GivenValue = string | boolean | readonly string[];

interface Given {
  readonly path: readonly string[];
  readonly name: string;
  readonly text: string | null;
  readonly value: unknown;
  readonly allowed?: string;
}

/** The settings that flags give. */
export function flagLayer(values: Readonly<Record<string, GivenValue | undefined>>): ConfigLayer {
  return layerOf(
    rows.flatMap((row) => {
      const value = values[row.flag];
      return value === undefined ? [] : [give(row, `--${row.flag}`, value)];
    }),
  );
}

/** The settings that the environment gives, as in `WHERRY_FTP=21`. */
export function environmentLayer(environment: Readonly<Record<string, string | undefined>>): ConfigLayer {
  return layerOf(
    rows.flatMap((row) => {
      const name = `WHERRY_${row.flag.toUpperCase().replaceAll('-', '_')}`;
      const value = environment[name];
      return value === undefined || value === '' ? [] : [give(row, name, value)];
    }),
  );
}

/** A setting that is made of several flags. */
export function layerFor(path: readonly string[], name: string, value: unknown): ConfigLayer {
  return layerOf([{ path, name, text: null, value }]);
}

function layerOf(given: readonly Given[]): ConfigLayer {
  const settings = given.reduce<unknown>(
    (under, { path, value }) =>
      mergeSettings(
        under,
        path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value),
      ),
    {},
  );
  return {
    settings: settings as Readonly<Record<string, unknown>>,
    nameOf: (path: SettingPath) =>
      given.find((candidate) => candidate.path.every((step, index) => step === path[index])) ?? null,
  };
}

function give({ path, reading }: FlagRow, name: string, value: GivenValue): Given {
  const text = typeof value === 'boolean' ? null : typeof value === 'string' ? value : value.join(',');
  const allowed = allowedWords[reading];
  return { path, name, text, value: readings[reading](value), ...(allowed === undefined ? {} : { allowed }) };
}

/** What may be written here where it differs from the file. */
const allowedWords: Readonly<Partial<Record<Reading, string>>> = {
  switch: 'choose on or off',
  seconds: 'give seconds, or a time with its unit, as in 5m or 2h',
};

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['on', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['off', false],
  ['no', false],
  ['0', false],
]);

const readings: Readonly<Record<Reading, (value: GivenValue) => unknown>> = {
  text: (value) => value,
  number: (value) => (typeof value === 'string' && /^\d{1,9}$/u.test(value) ? Number(value) : value),
  seconds: (value) =>
    typeof value === 'string' && /^\d{1,9}(?:\.\d{1,3})?$/u.test(value) ? `${value}s` : value,
  list: (value) =>
    (typeof value === 'string' ? [value] : Array.isArray(value) ? value : [])
      .flatMap((text: string) => text.split(','))
      .filter((text) => text !== ''),
  true: (value) => (typeof value === 'string' ? (truths.get(value.toLowerCase()) ?? value) : value),
  switch: (value) => (typeof value === 'string' ? (truths.get(value.toLowerCase()) ?? value) : value),
  'json-format': (value) => {
    const wanted = typeof value === 'string' ? truths.get(value.toLowerCase()) : value;
    return wanted === undefined ? value : wanted === true ? 'json' : 'text';
  },
};
