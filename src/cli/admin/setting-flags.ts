import type { UserChanges } from '#protocols/http/contract/admin/records.ts';
import { UsageError } from '../exit-codes.ts';
import type { FlagSpec, FlagValues } from '../words.ts';
import { inherit, limitRows, none, type LimitRow, type Limits } from './limit-flags.ts';
import { readHours } from './read-hours.ts';
import { readFuture } from './read-moment.ts';

/** What an account or a group says, as the administration takes it. */
export type SettingFields = Pick<
  UserChanges,
  | 'home'
  | 'startDirectory'
  | 'mounts'
  | 'rights'
  | 'rules'
  | 'nameRules'
  | 'limits'
  | 'protocols'
  | 'tunnel'
  | 'requireTls'
  | 'minimumTlsVersion'
  | 'allowedNetworks'
  | 'deniedNetworks'
  | 'allowedHours'
  | 'loginMethods'
  | 'fxpNetworks'
  | 'expiresAt'
>;

type Field = keyof SettingFields;

interface Row {
  readonly flag: string;
  readonly multiple?: true;
  readonly help: string;
  /** The setting that the flag says; what `inherit` takes back. */
  readonly field: Field;
  readonly read: (texts: readonly string[], flag: string) => unknown;
}

const protocolNames = ['ftp', 'ftps', 'sftp', 'http'] as const;
const methodNames = ['password', 'public-key', 'certificate', 'passkey', 'one-time-code', 'account'] as const;

const rows: readonly Row[] = [
  {
    flag: 'home',
    help: '--home DIR             directory of this machine that is the tree',
    field: 'home',
    read: last,
  },
  {
    flag: 'start',
    help: '--start DIR            directory of the tree that a login starts in',
    field: 'startDirectory',
    read: last,
  },
  {
    flag: 'rights',
    help: '--rights none|r|rw     where no rule says otherwise',
    field: 'rights',
    read: oneOf('none', 'r', 'rw'),
  },
  {
    flag: 'allow',
    multiple: true,
    help: '--allow PATH=RIGHTS    letters of elradfmwMT, names of rights, or all; repeatable, the first that fits decides',
    field: 'rules',
    read: (texts, flag) => texts.map((text) => readRule(text, flag, 'allow')),
  },
  {
    flag: 'deny',
    multiple: true,
    help: '--deny PATH=RIGHTS     the same, taking rights away; before --allow at the same path',
    field: 'rules',
    read: (texts, flag) => texts.map((text) => readRule(text, flag, 'deny')),
  },
  {
    flag: 'mount',
    multiple: true,
    help: '--mount PATH=DIR[:r]   shows a directory of this machine in the tree; repeatable',
    field: 'mounts',
    read: (texts, flag) => texts.map((text) => readMount(text, flag)),
  },
  {
    flag: 'hide',
    help: '--hide GLOBS           names that are not there, as *.tmp,.git',
    field: 'nameRules',
    read: (texts) => [{ names: list(texts), treatment: 'hide' }],
  },
  {
    flag: 'forbid',
    help: '--forbid GLOBS         names that nothing may be made, opened or changed by',
    field: 'nameRules',
    read: (texts) => [{ names: list(texts), treatment: 'deny' }],
  },
  {
    flag: 'protocols',
    help: '--protocols LIST       of ftp, ftps, sftp, http',
    field: 'protocols',
    read: (texts, flag) => someOf(protocolNames, list(texts), flag),
  },
  {
    flag: 'tunnel',
    help: '--tunnel on|off        whether SSH may carry FTP',
    field: 'tunnel',
    read: readSwitch,
  },
  {
    flag: 'require-tls',
    help: '--require-tls on|off   nothing in the clear',
    field: 'requireTls',
    read: readSwitch,
  },
  {
    flag: 'minimum-tls',
    help: '--minimum-tls VERSION  TLSv1.2 or TLSv1.3',
    field: 'minimumTlsVersion',
    read: oneOf('TLSv1.2', 'TLSv1.3'),
  },
  {
    flag: 'allowed-networks',
    help: '--allowed-networks LIST  CIDR networks that logins may come from',
    field: 'allowedNetworks',
    read: list,
  },
  {
    flag: 'denied-networks',
    help: '--denied-networks LIST   and may not come from',
    field: 'deniedNetworks',
    read: list,
  },
  {
    flag: 'hours',
    multiple: true,
    help: '--hours RANGE          when logins are allowed, as "mon-fri 08:00-18:00 Europe/Berlin"; repeatable',
    field: 'allowedHours',
    read: readHours,
  },
  {
    flag: 'methods',
    help: '--methods LIST         what proves it, as password+one-time-code,public-key',
    field: 'loginMethods',
    read: (texts, flag) => list(texts).map((set) => someOf(methodNames, set.split('+'), flag)),
  },
  {
    flag: 'fxp',
    help: '--fxp LIST             CIDR networks of server-to-server transfers',
    field: 'fxpNetworks',
    read: list,
  },
  {
    flag: 'expires',
    help: '--expires DATE         from when nobody logs in, as 2030-12-31, 2030-12-31T18:00Z, or 90d from now',
    field: 'expiresAt',
    read: readTime,
  },
];

/** The flags of everything that an account or a group may say. */
export const settingFlags: Readonly<Record<string, FlagSpec>> = Object.fromEntries([
  ...rows.map(({ flag, multiple }) => [
    flag,
    multiple === true ? { type: 'string' as const, multiple } : { type: 'string' as const },
  ]),
  ...limitRows.map(({ flag }) => [flag, { type: 'string' as const }]),
]);

/** Lines of help for {@link settingFlags}. */
export const settingHelp: readonly string[] = [
  ...rows.map(({ help }) => help),
  ...limitRows.map(({ help }) => help),
  'inherit in place of a value takes it back, so that groups count again; none lifts a limit that a group sets.',
];

/**
 * Reads the settings that the flags say.
 *
 * @param before the limits that hold now, of which the flags change some
 * @throws UsageError with everything that makes no sense
 */
export function readSettings(
  flags: FlagValues<Readonly<Record<string, FlagSpec>>>,
  before: Limits | null,
): SettingFields {
  const problems: string[] = [];
  const fields: Partial<Record<Field, unknown>> = {};
  for (const { flag, field, read } of rows) {
    const value = flags[flag];
    if (value === undefined) continue;
    const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? (value as string[]) : [];
    const said = attempt(problems, () => (texts[0] === inherit ? null : read(texts, flag)));
    const known = fields[field];
    fields[field] =
      Array.isArray(known) && Array.isArray(said) ? [...(said as unknown[]), ...(known as unknown[])] : said;
  }
  let limits: Limits | null = null;
  for (const { flag, path, read } of limitRows) {
    const text = flags[flag];
    if (typeof text !== 'string') continue;
    const value =
      text === inherit ? undefined : text === none ? null : attempt(problems, () => read(text, flag));
    limits = withLimit(limits ?? before ?? {}, path, value);
  }
  if (problems.length > 0) throw new UsageError(problems.join('\nwherry: '));
  return { ...(fields as SettingFields), ...(limits === null ? {} : { limits }) };
}

function withLimit(
  limits: Limits,
  [group, name]: LimitRow['path'],
  value: number | null | undefined,
): Limits {
  const set = (under: object, key: string, said: unknown): object => {
    const others = Object.entries(under).filter(([other]) => other !== key);
    return Object.fromEntries(said === undefined ? others : [...others, [key, said]]);
  };
  if (name === undefined) return set(limits, group, value);
  const inner = limits[group];
  return set(limits, group, set(typeof inner === 'object' && inner !== null ? inner : {}, name, value));
}

function attempt<T>(problems: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    problems.push(thrown.message);
    return undefined;
  }
}

function last(texts: readonly string[]): string {
  return texts.at(-1) ?? '';
}

function list(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
}

function oneOf(...words: readonly string[]): Row['read'] {
  return (texts, flag) => someOf(words, [last(texts)], flag)[0];
}

function someOf(words: readonly string[], given: readonly string[], flag: string): readonly string[] {
  const unknown = given.find((word) => !words.includes(word));
  if (unknown === undefined) return given;
  throw new UsageError(`--${flag} ${unknown}: choose of ${words.join(', ')}, or ${inherit}`);
}

function readSwitch(texts: readonly string[], flag: string): boolean {
  const text = last(texts);
  if (text === 'on' || text === 'off') return text === 'on';
  throw new UsageError(`--${flag} ${text}: choose on, off or ${inherit}`);
}

function readRule(text: string, flag: string, kind: 'allow' | 'deny'): object {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new UsageError(`--${flag} ${text}: give PATH=RIGHTS, as /incoming=w`);
  const rights = text.slice(at + 1);
  const names = rights.includes('-') || rights.includes(',') ? rights.split(',') : rights;
  return { path: text.slice(0, at), [kind]: names };
}

function readMount(text: string, flag: string): object {
  const [, path = '', directory = '', readOnly] = /^([^=]+)=(.+?)(:r)?$/u.exec(text) ?? [];
  if (path === '') throw new UsageError(`--${flag} ${text}: give PATH=DIR, with :r behind it to read only`);
  return { path, directory, readOnly: readOnly !== undefined };
}

function readTime(texts: readonly string[], flag: string): number {
  const time = readFuture(last(texts));
  if (time !== null) return time;
  throw new UsageError(
    `--${flag} ${last(texts)}: give a date as 2030-12-31 or 2030-12-31T18:00Z, a time as 90d, or ${inherit}`,
  );
}
