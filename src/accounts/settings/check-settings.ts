import { isAbsolute, normalize } from 'node:path';
import { noAccountLimits } from '#core/limits.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { compileGlob, expandBraces } from '../access/glob.ts';
import { parsePermissions } from '../access/permission-letters.ts';
import { isTimeZone, parseTimeOfDay } from './hours.ts';
import { isNetwork } from './networks.ts';
import { checkPlaceholders, fillPattern, type Placeholder } from './placeholders.ts';
import { shown, type Problems } from './problems.ts';
import type {
  AccessRule,
  AllowedHours,
  LimitSettings,
  MountSetting,
  NameRule,
  Settings,
} from './settings.ts';
import {
  loginMethods,
  loginProtocols,
  rightsNames,
  settingNames,
  tlsVersions,
  weekdays,
  type SettingChanges,
} from './settings.ts';

/** Caps on what one account or group may hold: more than anybody oversees, little enough to read at a login. */
export const settingLimits = Object.freeze({
  networks: 256,
  rules: 1000,
  nameRules: 200,
  namesPerRule: 100,
  mounts: 100,
  hourRanges: 50,
  loginMethodSets: 16,
  pathLength: 4096,
});

/** Where a value stands, and where to say what is wrong with it. */
interface Place {
  readonly field: string;
  readonly problems: Problems;
}

type Checker<T> = (value: unknown, at: Place) => T | null;

const checkers: { readonly [Name in keyof Settings]: Checker<NonNullable<Settings[Name]>> } = {
  home: (value, at) => checkHostDirectory(value, at, ['user', 'group']),
  startDirectory: checkVirtualPath,
  mounts: (value, at) => checkMounts(value, at),
  rights: oneOf(rightsNames),
  rules: (value, at) => checkList(value, at, { most: settingLimits.rules, check: checkRule }),
  nameRules: (value, at) => checkList(value, at, { most: settingLimits.nameRules, check: checkNameRule }),
  limits: checkLimits,
  protocols: (value, at) =>
    checkList(value, at, { most: loginProtocols.length, check: oneOf(loginProtocols) }),
  tunnel: checkBoolean,
  requireTls: checkBoolean,
  minimumTlsVersion: oneOf(tlsVersions),
  allowedNetworks: checkNetworks,
  deniedNetworks: checkNetworks,
  allowedHours: checkHours,
  loginMethods: (value, at) =>
    checkList(value, at, { most: settingLimits.loginMethodSets, check: checkMethodSet }),
  fxpNetworks: checkNetworks,
  expiresAt: checkTime,
};

/** The names that {@link checkSettings} knows. */
const known: ReadonlySet<string> = new Set(settingNames);

/**
 * Checks what is said of settings and brings it into the form that is kept. What is not said is not in the result;
 * what is wrong is told to `problems`, and is null in the result.
 */
export function checkSettings(changes: SettingChanges, problems: Problems): Partial<Settings> {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(changes)) {
    if (!known.has(name) || value === undefined) continue;
    const check = checkers[name as keyof Settings] as Checker<unknown>;
    checked[name] = value === null ? null : check(value, { field: name, problems });
  }
  return checked;
}

function wrong({ problems, field }: Place, message: string): null {
  problems.add(field, message);
  return null;
}

function below({ field, problems }: Place, name: string | number): Place {
  return { field: typeof name === 'number' ? `${field}[${name}]` : `${field}.${name}`, problems };
}

function oneOf<T extends string>(names: readonly T[]): Checker<T> {
  return (value, at) =>
    names.includes(value as T)
      ? (value as T)
      : wrong(at, `${shown(value)} is not allowed: use ${names.join(', ')}`);
}

function checkBoolean(value: unknown, at: Place): boolean | null {
  return typeof value === 'boolean' ? value : wrong(at, `${shown(value)} is neither true nor false`);
}

function checkTime(value: unknown, at: Place): number | null {
  if (Number.isSafeInteger(value) && Math.abs(value as number) <= latestTimeMs) return value as number;
  return wrong(at, `${shown(value)} is no time in milliseconds since 1970`);
}

/** The latest time that a Date can hold. */
const latestTimeMs = 8_640_000_000_000_000;

function checkList<T>(
  value: unknown,
  at: Place,
  { most, check }: { readonly most: number; readonly check: Checker<T> },
): readonly T[] | null {
  if (!Array.isArray(value)) return wrong(at, `${shown(value)} is no list`);
  if (value.length > most)
    return wrong(at, `there are ${value.length} of them, and at most ${most} are allowed`);
  return value
    .map((element: unknown, index) => check(element, below(at, index)))
    .filter((element) => element !== null);
}

function checkNetworks(value: unknown, at: Place): readonly string[] | null {
  return checkList(value, at, {
    most: settingLimits.networks,
    check: (network, place) =>
      typeof network === 'string' && isNetwork(network)
        ? network
        : wrong(place, `${shown(network)} is no network: write it as 192.0.2.0/24 or 2001:db8::/32`),
  });
}

function checkText(value: unknown, at: Place): string | null {
  if (typeof value !== 'string') return wrong(at, `${shown(value)} is no text`);
  if (value === '' || value.length > settingLimits.pathLength || value.includes('\0')) {
    return wrong(at, `it must have 1 to ${settingLimits.pathLength} characters and no NUL`);
  }
  return value;
}

/** A directory of the host: from the root, without detours, so that what is written is where it leads. */
function checkHostDirectory(value: unknown, at: Place, allowed: readonly Placeholder[]): string | null {
  const text = checkText(value, at);
  if (text === null) return null;
  const filled = at.problems.attempt(at.field, () => {
    checkPlaceholders(text, allowed);
    return text;
  });
  if (filled === null) return null;
  if (!isAbsolute(text) && !(allowed.includes('home') && /^%home%(?:\/|$)/u.test(text))) {
    return wrong(at, `${shown(text)} is no absolute path of the host`);
  }
  if (text.split('/').some((word) => word === '..' || word === '.')) {
    return wrong(at, `${shown(text)} must not have "." or ".." as a part`);
  }
  const plain = normalize(text);
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}

function checkVirtualPath(value: unknown, at: Place): string | null {
  const text = checkText(value, at);
  if (text === null) return null;
  return at.problems.attempt(at.field, () => {
    checkPlaceholders(text, ['user', 'group']);
    return resolveVirtualPath(rootPath, text);
  });
}

function checkObject(value: unknown, at: Place, names: readonly string[]): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return wrong(at, `${shown(value)} is not what is wanted: give ${names.join(', ')}`);
  }
  const strange = Object.keys(value).filter((name) => !names.includes(name));
  for (const name of strange) wrong(below(at, name), `is not known: there are ${names.join(', ')}`);
  return value as Record<string, unknown>;
}

function checkMounts(value: unknown, at: Place): readonly MountSetting[] | null {
  const mounts = checkList(value, at, { most: settingLimits.mounts, check: checkMount });
  const paths = new Set<string>();
  for (const { path } of mounts ?? []) {
    if (paths.has(path)) wrong(at, `${shown(path)} is mounted twice`);
    paths.add(path);
  }
  return mounts;
}

function checkMount(value: unknown, at: Place): MountSetting | null {
  const given = checkObject(value, at, ['path', 'directory', 'readOnly']);
  if (given === null) return null;
  const path = checkVirtualPath(given['path'], below(at, 'path'));
  const directory = checkHostDirectory(given['directory'], below(at, 'directory'), ['user', 'group', 'home']);
  const readOnly = checkBoolean(given['readOnly'] ?? false, below(at, 'readOnly'));
  if (path === rootPath) return wrong(below(at, 'path'), 'the root is not a place for a mount: set the home');
  return path === null || directory === null || readOnly === null ? null : { path, directory, readOnly };
}

function checkRule(value: unknown, at: Place): AccessRule | null {
  const given = checkObject(value, at, ['path', 'allow', 'deny']);
  if (given === null) return null;
  const path = checkText(given['path'], below(at, 'path'));
  const rights = (name: 'allow' | 'deny') => {
    const value = given[name] ?? [];
    const isRights = typeof value === 'string' || (Array.isArray(value) && value.every(isText));
    if (!isRights) return wrong(below(at, name), `${shown(value)} are no rights`);
    return at.problems.attempt(`${at.field}.${name}`, () => parsePermissions(value));
  };
  const allow = rights('allow');
  const deny = rights('deny');
  if (path === null || allow === null || deny === null) return null;
  const both = allow.filter((permission) => deny.includes(permission));
  if (both.length > 0) return wrong(at, `${both.join(', ')} cannot be allowed and denied at once`);
  if (allow.length + deny.length === 0) return wrong(at, 'it neither allows nor denies anything');
  return at.problems.attempt(`${at.field}.path`, () => {
    checkPlaceholders(path, ['user', 'group']);
    compileGlob(fillPattern(path, { user: 'u', group: 'g', home: null }));
    return { path, allow, deny };
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

const treatments = ['allow', 'deny', 'hide'] as const;

function checkNameRule(value: unknown, at: Place): NameRule | null {
  const given = checkObject(value, at, ['names', 'treatment', 'within']);
  if (given === null) return null;
  const names = checkList(given['names'], below(at, 'names'), {
    most: settingLimits.namesPerRule,
    check: (name, place) => {
      const text = checkText(name, place);
      if (text?.includes('/') === true) return wrong(place, `${shown(text)} must not have a slash`);
      if (text === null) return null;
      return place.problems.attempt(place.field, () => (expandBraces(text).length > 0 ? text : null));
    },
  });
  const treatment = oneOf(treatments)(given['treatment'], below(at, 'treatment'));
  const within = checkVirtualPath(given['within'] ?? '/', below(at, 'within'));
  if (names === null || treatment === null || within === null) return null;
  return names.length === 0 ? wrong(at, 'it names nothing') : { names, treatment, within };
}

function checkMethodSet(value: unknown, at: Place): readonly (typeof loginMethods)[number][] | null {
  const methods = checkList(value, at, { most: loginMethods.length, check: oneOf(loginMethods) });
  if (methods?.length === 0) return wrong(at, 'it demands no proof at all');
  const isProof = methods?.some((method) => method !== 'account' && method !== 'one-time-code');
  if (isProof === false) return wrong(at, 'it demands neither a password, a key nor a certificate');
  return methods === null ? null : loginMethods.filter((method) => methods.includes(method));
}

function checkHours(value: unknown, at: Place): AllowedHours | null {
  const given = checkObject(value, at, ['timeZone', 'ranges']);
  if (given === null) return null;
  const { timeZone } = given;
  const isKnown = typeof timeZone === 'string' && isTimeZone(timeZone);
  if (!isKnown)
    wrong(below(at, 'timeZone'), `${shown(timeZone)} is no time zone: write it as Europe/Berlin or UTC`);
  const ranges = checkList(given['ranges'], below(at, 'ranges'), {
    most: settingLimits.hourRanges,
    check: checkRange,
  });
  return ranges === null || !isKnown ? null : { timeZone, ranges };
}

function checkRange(value: unknown, at: Place): AllowedHours['ranges'][number] | null {
  const given = checkObject(value, at, ['days', 'from', 'to']);
  if (given === null) return null;
  const days = checkList(given['days'], below(at, 'days'), { most: weekdays.length, check: oneOf(weekdays) });
  const time = (name: 'from' | 'to'): string | null => {
    const text = given[name];
    if (typeof text === 'string' && parseTimeOfDay(text) !== null) return text;
    return wrong(below(at, name), `${shown(text)} is no time of day: write it as 08:30`);
  };
  const from = time('from');
  const to = time('to');
  if (days?.length === 0) return wrong(below(at, 'days'), 'it names no day');
  return days === null || from === null || to === null ? null : { days, from, to };
}

/** Limits have the shape of {@link noAccountLimits}: whole numbers from 1 (0 for an amount), or null. */
function checkLimits(value: unknown, at: Place): LimitSettings | null {
  return checkNumbers(value, at, noAccountLimits as unknown as Record<string, unknown>);
}

function checkNumbers(
  value: unknown,
  at: Place,
  shape: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  const given = checkObject(value, at, Object.keys(shape));
  if (given === null) return null;
  const checked: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(given)) {
    if (!Object.hasOwn(shape, name) || inner === undefined) continue;
    const place = below(at, name);
    const wanted = shape[name];
    if (wanted !== null) checked[name] = checkNumbers(inner, place, wanted as Record<string, unknown>);
    else if (inner === null || (Number.isSafeInteger(inner) && (inner as number) >= 0)) checked[name] = inner;
    else wrong(place, `${shown(inner)} is neither a whole number from 0 on nor null for no limit`);
  }
  return checked;
}
