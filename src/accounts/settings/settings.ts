import type { AccountLimits, SpeedLimits, VolumeLimits } from '#core/limits.ts';
import type { NameTreatment } from '#core/name-policy.ts';
import type { Permission } from '#core/permission.ts';

/** What an account may do where no rule says otherwise: nothing, list, download and compare, or everything. */
export const rightsNames = ['none', 'r', 'rw'] as const;
export type Rights = (typeof rightsNames)[number];

/** Protocols an account may log in by. `ftp` is FTP with or without AUTH TLS, `sftp` is SSH with all that runs over it. */
export const loginProtocols = ['ftp', 'ftps', 'sftp', 'http'] as const;
export type LoginProtocol = (typeof loginProtocols)[number];

/** Kinds of proof, as {@link Settings.loginMethods} combines them. */
export const loginMethods = [
  'password',
  'public-key',
  'certificate',
  'passkey',
  'one-time-code',
  'account',
] as const;
export type LoginMethod = (typeof loginMethods)[number];

export const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** A directory of the host shown at a place in the account's tree. */
export interface MountSetting {
  /** Where it is shown: a virtual path below the root, which may hold placeholders. */
  readonly path: string;
  /** The directory of the host, absolute; may hold placeholders. */
  readonly directory: string;
  /** Nothing below it can be changed, whatever the rules say. */
  readonly readOnly: boolean;
}

/** Grants and takes rights for the paths that a pattern names. */
export interface AccessRule {
  /**
   * A pattern for virtual paths (see `compileGlob`); without wildcards the path itself and all that lies below it.
   * May hold placeholders.
   */
  readonly path: string;
  readonly allow: readonly Permission[];
  readonly deny: readonly Permission[];
}

/** Treats entries by their names. */
export interface NameRule {
  /** Patterns for one name each, letter case ignored. */
  readonly names: readonly string[];
  readonly treatment: NameTreatment;
  /** The directory from which down it holds; `/` for everywhere. */
  readonly within: string;
}

/** A span of the day on some days of the week. One that ends at or before its start reaches into the next day. */
export interface HourRange {
  readonly days: readonly Weekday[];
  /** `HH:MM`, included. */
  readonly from: string;
  /** `HH:MM`, not included; `24:00` is the end of the day. */
  readonly to: string;
}

/** When logging in is allowed. */
export interface AllowedHours {
  /** A name of the IANA time zone database, as `Europe/Berlin`. */
  readonly timeZone: string;
  readonly ranges: readonly HourRange[];
}

/**
 * Limits that are said; what is absent is left to groups and the server, null lifts a limit. The numbers are those
 * of {@link AccountLimits}.
 */
export type LimitSettings = Partial<Omit<AccountLimits, 'accountSpeed' | 'sessionSpeed' | 'volume'>> & {
  readonly accountSpeed?: Partial<SpeedLimits>;
  readonly sessionSpeed?: Partial<SpeedLimits>;
  readonly volume?: Partial<VolumeLimits>;
};

/**
 * What an account or a group says. Null is nothing said: the account's groups are asked in their order, then the
 * default holds. Paths and directories may hold placeholders (see `placeholders.ts`).
 */
export interface Settings {
  /** The directory of the host that is the account's tree; by default the server's own. */
  readonly home: string | null;
  /** The virtual directory that a login starts in; default `/`. */
  readonly startDirectory: string | null;
  /** Those of account and groups together; at the same path the nearest counts. */
  readonly mounts: readonly MountSetting[] | null;
  /** Default `rw`. */
  readonly rights: Rights | null;
  /** Those of the account first, then those of its groups; the first that says something of a right decides. */
  readonly rules: readonly AccessRule[] | null;
  /** In the same order; the first that fits decides. */
  readonly nameRules: readonly NameRule[] | null;
  /** Each limit for itself: the nearest that says something counts. */
  readonly limits: LimitSettings | null;
  /** Default all. */
  readonly protocols: readonly LoginProtocol[] | null;
  /** Whether SSH may carry FTP to this server (default true). */
  readonly tunnel: boolean | null;
  /** Default false. */
  readonly requireTls: boolean | null;
  /** Oldest version of TLS that an FTP or web login may use; by default the server's own. */
  readonly minimumTlsVersion: TlsVersion | null;
  /** Networks (CIDR) that logins may come from; by default any. */
  readonly allowedNetworks: readonly string[] | null;
  /** Networks (CIDR) that logins may not come from, also when allowed; default none. */
  readonly deniedNetworks: readonly string[] | null;
  /** By default at any time. */
  readonly allowedHours: AllowedHours | null;
  /** Alternatives, each a set of proofs demanded together; by default any one proof, and a code with a password. */
  readonly loginMethods: readonly (readonly LoginMethod[])[] | null;
  /** Networks (CIDR) that a PORT or EPRT may name; default none. */
  readonly fxpNetworks: readonly string[] | null;
  /** Milliseconds since 1970 in UTC from which on nobody logs in; by default never. */
  readonly expiresAt: number | null;
}

/** What may be said of the settings: rights as letters or `all` are taken as well. Null takes back what was said. */
export interface SettingChanges {
  readonly home?: string | null | undefined;
  readonly startDirectory?: string | null | undefined;
  readonly mounts?: readonly MountSettingInput[] | null | undefined;
  readonly rights?: Rights | null | undefined;
  readonly rules?: readonly AccessRuleInput[] | null | undefined;
  readonly nameRules?: readonly NameRuleInput[] | null | undefined;
  readonly limits?: LimitSettings | null | undefined;
  readonly protocols?: readonly LoginProtocol[] | null | undefined;
  readonly tunnel?: boolean | null | undefined;
  readonly requireTls?: boolean | null | undefined;
  readonly minimumTlsVersion?: TlsVersion | null | undefined;
  readonly allowedNetworks?: readonly string[] | null | undefined;
  readonly deniedNetworks?: readonly string[] | null | undefined;
  readonly allowedHours?: AllowedHours | null | undefined;
  readonly loginMethods?: readonly (readonly LoginMethod[])[] | null | undefined;
  readonly fxpNetworks?: readonly string[] | null | undefined;
  readonly expiresAt?: number | null | undefined;
}

export interface MountSettingInput {
  readonly path: string;
  readonly directory: string;
  /** Default false. */
  readonly readOnly?: boolean | undefined;
}

/** Rights by their names, as the letters `elradfmwMT`, or `all`. */
export type PermissionsInput = readonly Permission[] | string;

export interface AccessRuleInput {
  readonly path: string;
  readonly allow?: PermissionsInput | undefined;
  readonly deny?: PermissionsInput | undefined;
}

export interface NameRuleInput {
  readonly names: readonly string[];
  readonly treatment: NameTreatment;
  /** Default `/`. */
  readonly within?: string | undefined;
}

/** Nothing said at all. */
export const noSettings: Settings = Object.freeze({
  home: null,
  startDirectory: null,
  mounts: null,
  rights: null,
  rules: null,
  nameRules: null,
  limits: null,
  protocols: null,
  tunnel: null,
  requireTls: null,
  minimumTlsVersion: null,
  allowedNetworks: null,
  deniedNetworks: null,
  allowedHours: null,
  loginMethods: null,
  fxpNetworks: null,
  expiresAt: null,
});

/** The names of all settings, in the order in which they are told. */
export const settingNames = Object.keys(noSettings) as readonly (keyof Settings)[];
