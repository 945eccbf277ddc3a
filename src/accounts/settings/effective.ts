import type { AccountLimits } from '#core/limits.ts';
import { noAccountLimits } from '#core/limits.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { SourcedNameRule } from '../access/name-rules.ts';
import type { SourcedRule } from '../access/rule-access.ts';
import type { Origin } from './origin.ts';
import { fillPattern, fillPlaceholders, type PlaceholderValues } from './placeholders.ts';
import type {
  AllowedHours,
  LimitSettings,
  LoginMethod,
  LoginProtocol,
  MountSetting,
  Rights,
  Settings,
  TlsVersion,
} from './settings.ts';
import { settingNames } from './settings.ts';

/** A mount with its placeholders filled in, and who says it. */
export interface EffectiveMount {
  readonly path: VirtualPath;
  readonly directory: string;
  readonly readOnly: boolean;
  readonly origin: Origin;
}

/** What holds for an account when its groups and the defaults have been asked; placeholders are filled in. */
export interface EffectiveSettings {
  readonly home: string | null;
  readonly startDirectory: VirtualPath;
  readonly mounts: readonly EffectiveMount[];
  readonly rights: Rights;
  readonly rules: readonly SourcedRule[];
  readonly nameRules: readonly SourcedNameRule[];
  readonly limits: AccountLimits;
  /** Null for all. */
  readonly protocols: readonly LoginProtocol[] | null;
  readonly tunnel: boolean;
  readonly requireTls: boolean;
  readonly minimumTlsVersion: TlsVersion | null;
  /** Null for any. */
  readonly allowedNetworks: readonly string[] | null;
  readonly deniedNetworks: readonly string[];
  readonly allowedHours: AllowedHours | null;
  readonly loginMethods: readonly (readonly LoginMethod[])[] | null;
  readonly fxpNetworks: readonly string[];
  readonly expiresAt: number | null;
}

/** Settings, and who says each: by name, and for limits by names as `limits.volume.uploadBytesPerDay`. */
export interface SettledSettings {
  readonly settings: EffectiveSettings;
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Somebody who says settings. */
interface Source {
  readonly origin: Origin;
  readonly settings: Settings;
  readonly values: PlaceholderValues;
}

const fallback: Origin = Object.freeze({ from: 'default' });

/**
 * Works out what holds for an account: what it says itself, else its groups in their order, else the default.
 * Mounts, rules and name rules of all are taken together, the nearest first; each limit is looked up by itself.
 *
 * @throws WherryError `name-invalid`, `name-too-long` or `invalid-argument` when a placeholder cannot be filled in
 */
export function settle(
  account: { readonly name: string; readonly settings: Settings },
  groups: readonly { readonly name: string; readonly settings: Settings }[],
): SettledSettings {
  const origins: Record<string, Origin> = {};
  const sources = sourcesOf(account, groups);
  const nearest = <Name extends keyof Settings>(name: Name): Settings[Name] => {
    const source = sources.find(({ settings }) => settings[name] !== null);
    origins[name] = source?.origin ?? fallback;
    return source?.settings[name] ?? null;
  };
  for (const name of settingNames) nearest(name);
  const home = fillFrom(sources, 'home', (text, values) => fillPlaceholders(text, values));
  const start = fillFrom(sources, 'startDirectory', (text, values) => fillPlaceholders(text, values));
  const settings: EffectiveSettings = {
    home,
    startDirectory: resolveVirtualPath(rootPath, start ?? '/'),
    mounts: mountsOf(sources, home),
    rights: nearest('rights') ?? 'rw',
    rules: sources.flatMap(({ origin, settings: { rules }, values }) =>
      (rules ?? []).map((rule, index) => ({
        ...rule,
        path: fillPattern(rule.path, values),
        origin,
        number: index + 1,
      })),
    ),
    nameRules: sources.flatMap(({ origin, settings: { nameRules }, values }) =>
      (nameRules ?? []).map((rule, index) => ({
        ...rule,
        within: resolveVirtualPath(rootPath, fillPlaceholders(rule.within, values)),
        origin,
        number: index + 1,
      })),
    ),
    limits: limitsOf(sources, origins),
    protocols: nearest('protocols'),
    tunnel: nearest('tunnel') ?? true,
    requireTls: nearest('requireTls') ?? false,
    minimumTlsVersion: nearest('minimumTlsVersion'),
    allowedNetworks: nearest('allowedNetworks'),
    deniedNetworks: nearest('deniedNetworks') ?? [],
    allowedHours: nearest('allowedHours'),
    loginMethods: nearest('loginMethods'),
    fxpNetworks: nearest('fxpNetworks') ?? [],
    expiresAt: nearest('expiresAt'),
  };
  return { settings: Object.freeze(settings), origins: Object.freeze(origins) };
}

function sourcesOf(
  account: { readonly name: string; readonly settings: Settings },
  groups: readonly { readonly name: string; readonly settings: Settings }[],
): readonly Source[] {
  const user = account.name;
  const own = { user, group: groups[0]?.name ?? null, home: null };
  return [
    { origin: { from: 'account' }, settings: account.settings, values: own },
    ...groups.map(({ name, settings }): Source => ({
      origin: { from: 'group', group: name },
      settings,
      values: { user, group: name, home: null },
    })),
  ];
}

function fillFrom(
  sources: readonly Source[],
  name: 'home' | 'startDirectory',
  fill: (text: string, values: PlaceholderValues) => string,
): string | null {
  const source = sources.find(({ settings }) => settings[name] !== null);
  const text = source?.settings[name] ?? null;
  return source === undefined || text === null ? null : fill(text, source.values);
}

function mountsOf(sources: readonly Source[], home: string | null): readonly EffectiveMount[] {
  const byPath = new Map<VirtualPath, EffectiveMount>();
  for (const { origin, settings, values } of sources) {
    for (const mount of settings.mounts ?? []) {
      const filled = fillMount(mount, { ...values, home });
      if (!byPath.has(filled.path)) byPath.set(filled.path, { ...filled, origin });
    }
  }
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function fillMount(mount: MountSetting, values: PlaceholderValues): Omit<EffectiveMount, 'origin'> {
  return {
    path: resolveVirtualPath(rootPath, fillPlaceholders(mount.path, values)),
    directory: fillPlaceholders(mount.directory, values),
    readOnly: mount.readOnly,
  };
}

function limitsOf(sources: readonly Source[], origins: Record<string, Origin>): AccountLimits {
  const pick = (shape: object, path: readonly (string | symbol)[]): unknown =>
    Object.fromEntries(
      Object.entries(shape).map(([name, inner]) => {
        const at = [...path, name];
        if (inner !== null) return [name, pick(inner as object, at)];
        const source = sources.find(({ settings }) => lookUp(settings.limits, at) !== undefined);
        origins[`limits.${at.join('.')}`] = source?.origin ?? fallback;
        return [name, source === undefined ? null : lookUp(source.settings.limits, at)];
      }),
    );
  return Object.freeze(pick(noAccountLimits, [])) as AccountLimits;
}

function lookUp(limits: LimitSettings | null, path: readonly (string | symbol)[]): unknown {
  let at: unknown = limits;
  for (const name of path) at = (at as Record<string | symbol, unknown> | null | undefined)?.[name];
  return at ?? (at === null && limits !== null ? null : undefined);
}
