import type { Insertable, Selectable } from 'kysely';
import type { Secret } from '#core/secret.ts';
import { normaliseAccountName } from '../account-name.ts';
import { checkSettings } from '../settings/check-settings.ts';
import { shown, type Problems } from '../settings/problems.ts';
import { noSettings, settingNames, type SettingChanges, type Settings } from '../settings/settings.ts';
import type { AccountsTable, GroupsTable } from './schema.ts';

/** What an account may do to the server beside using it. */
export interface AdministratorRole {
  /** The groups whose accounts it looks after; null for everything. */
  readonly groups: readonly string[] | null;
  /** May see everything of that, and change nothing. */
  readonly readOnly: boolean;
}

/** What there is of an account's proofs, without the proofs. */
export interface CredentialFacts {
  readonly hasPassword: boolean;
  /** Whether it makes one-time codes. */
  readonly hasOneTimeCodes: boolean;
  /** Whether FTP asks it for accounting information (ACCT). */
  readonly hasAccountInformation: boolean;
}

/** An account as it is kept, with what it says itself; `effective` of the database tells what holds for it. */
export interface AccountRecord extends Settings, CredentialFacts {
  readonly name: string;
  readonly enabled: boolean;
  readonly comment: string;
  readonly email: string;
  /** Null for an account that administers nothing. */
  readonly administrator: AdministratorRole | null;
  /** Groups in the order in which they are asked. */
  readonly groups: readonly string[];
  /** Principals of SSH certificates that log in to this account, beside its own name. */
  readonly principals: readonly string[];
  /** Milliseconds since 1970 in UTC. */
  readonly createdAt: number;
  /** Milliseconds since 1970 in UTC. */
  readonly changedAt: number;
}

/** What may be said of an account; what is left out keeps its value, or its default in a new account. */
export interface AccountChanges extends SettingChanges {
  /** The password, or a hash of it from another program (see `password-hash.ts`), or null for none. */
  readonly password?: Secret | { readonly hash: string } | null | undefined;
  /** The answer that FTP demands with ACCT, or null for none. */
  readonly accountInformation?: Secret | null | undefined;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  readonly comment?: string | undefined;
  readonly email?: string | undefined;
  /** True is all of the server; default null. */
  readonly administrator?: AdministratorRole | boolean | null | undefined;
  /** Names of groups, which must be there; default none. */
  readonly groups?: readonly string[] | undefined;
  readonly principals?: readonly string[] | undefined;
}

/** A new account. */
export interface NewAccount extends AccountChanges {
  readonly name: string;
}

/** A group as it is kept, with what it hands down. */
export interface GroupRecord extends Settings {
  readonly name: string;
  readonly comment: string;
  /** Milliseconds since 1970 in UTC. */
  readonly createdAt: number;
  /** Milliseconds since 1970 in UTC. */
  readonly changedAt: number;
}

export interface GroupChanges extends SettingChanges {
  readonly comment?: string | undefined;
}

export interface NewGroup extends GroupChanges {
  readonly name: string;
}

const maximumCommentLength = 1000;
/** RFC 5321 section 4.5.3.1.3 as corrected. */
const maximumEmailLength = 254;
const maximumGroups = 100;
const maximumPrincipals = 100;

/** What is checked of an account, in the form that is kept, but for its proofs. */
export interface CheckedAccount {
  readonly columns: Partial<
    Pick<Insertable<AccountsTable>, 'enabled' | 'comment' | 'email' | 'administrator' | 'principals'>
  >;
  readonly settings: Partial<Settings>;
  readonly groups: readonly string[] | undefined;
}

/** Checks what is said of an account; what is wrong is told to `problems`. */
export function checkAccount(changes: AccountChanges, problems: Problems): CheckedAccount {
  const { enabled, comment, email, administrator, groups, principals } = changes;
  return {
    columns: {
      ...(enabled === undefined ? {} : { enabled: checkFlag(enabled, 'enabled', problems) }),
      ...(comment === undefined ? {} : { comment: checkComment(comment, problems) }),
      ...(email === undefined ? {} : { email: checkEmail(email, problems) }),
      ...(administrator === undefined ? {} : { administrator: checkRole(administrator, problems) }),
      ...(principals === undefined
        ? {}
        : { principals: JSON.stringify(checkPrincipals(principals, problems)) }),
    },
    settings: checkSettings(changes, problems),
    groups: groups === undefined ? undefined : checkNames(groups, 'groups', problems),
  };
}

/** Checks what is said of a group; what is wrong is told to `problems`. */
export function checkGroup(
  changes: GroupChanges,
  problems: Problems,
): {
  readonly columns: Partial<Pick<Insertable<GroupsTable>, 'comment'>>;
  readonly settings: Partial<Settings>;
} {
  const { comment } = changes;
  return {
    columns: comment === undefined ? {} : { comment: checkComment(comment, problems) },
    settings: checkSettings(changes, problems),
  };
}

/** The row of a new account; its proofs are put in by the caller. */
export function newAccountRow(name: string, checked: CheckedAccount, now: number): Insertable<AccountsTable> {
  return {
    name,
    password_hash: null,
    code_secret: null,
    code_last_step: 0,
    information_hash: null,
    enabled: 1,
    comment: '',
    email: '',
    administrator: null,
    principals: '[]',
    ...checked.columns,
    settings: formatSettings(checked.settings),
    created_at: now,
    changed_at: now,
  };
}

/** Reads a row of the table `accounts`, with the names of the account's groups in their order. */
export function toAccountRecord(row: Selectable<AccountsTable>, groups: readonly string[]): AccountRecord {
  return Object.freeze({
    ...parseSettings(row.settings),
    name: row.name,
    enabled: row.enabled === 1,
    comment: row.comment,
    email: row.email,
    administrator: row.administrator === null ? null : (JSON.parse(row.administrator) as AdministratorRole),
    groups: Object.freeze(groups),
    principals: Object.freeze(JSON.parse(row.principals) as readonly string[]),
    hasPassword: row.password_hash !== null,
    hasOneTimeCodes: row.code_secret !== null,
    hasAccountInformation: row.information_hash !== null,
    createdAt: Number(row.created_at),
    changedAt: Number(row.changed_at),
  });
}

/** Reads a row of the table `account_groups`. */
export function toGroupRecord(row: Selectable<GroupsTable>): GroupRecord {
  return Object.freeze({
    ...parseSettings(row.settings),
    name: row.name,
    comment: row.comment,
    createdAt: Number(row.created_at),
    changedAt: Number(row.changed_at),
  });
}

/** The JSON text of settings: only what is said. */
export function formatSettings(settings: Partial<Settings>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null)));
}

/** Reads what {@link formatSettings} has written. */
export function parseSettings(text: string): Settings {
  const said = JSON.parse(text) as Partial<Settings>;
  return { ...noSettings, ...said };
}

/** The settings of a record by themselves. */
export function settingsOf(record: Settings): Settings {
  return Object.fromEntries(settingNames.map((name) => [name, record[name]])) as unknown as Settings;
}

function checkFlag(value: boolean, field: string, problems: Problems): number {
  // The types say so already; a caller from a command line or a page may not keep to them.
  if (typeof value !== 'boolean') problems.add(field, `${shown(value)} is neither true nor false`);
  return Number(value);
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/u;

function checkComment(value: string, problems: Problems): string {
  if (typeof value !== 'string' || value.length > maximumCommentLength || controls.test(value)) {
    problems.add(
      'comment',
      `it must have at most ${maximumCommentLength} characters and no control characters`,
    );
  }
  return value;
}

function checkEmail(value: string, problems: Problems): string {
  const plausible = value === '' || /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(value);
  if (typeof value !== 'string' || !plausible || value.length > maximumEmailLength) {
    problems.add('email', `${shown(value)} is no e-mail address`);
  }
  return value;
}

function checkRole(value: AdministratorRole | boolean | null, problems: Problems): string | null {
  if (value === null || value === false) return null;
  if (value === true) return JSON.stringify({ groups: null, readOnly: false });
  const { groups, readOnly } = value;
  if (typeof readOnly !== 'boolean') problems.add('administrator.readOnly', 'it must be true or false');
  const checked = groups === null ? null : checkNames(groups, 'administrator.groups', problems);
  return JSON.stringify({ groups: checked, readOnly });
}

function checkNames(value: readonly string[], field: string, problems: Problems): readonly string[] {
  if (!Array.isArray(value) || value.length > maximumGroups) {
    problems.add(field, `it must be a list of at most ${maximumGroups} names`);
    return [];
  }
  const names = value.map((name: unknown, index) =>
    typeof name === 'string'
      ? (problems.attempt(`${field}[${index}]`, () => normaliseAccountName(name)) ?? '')
      : (problems.add(`${field}[${index}]`, `${shown(name)} is no name`), ''),
  );
  if (new Set(names).size !== names.length) problems.add(field, 'a name stands in it twice');
  return names;
}

function checkPrincipals(value: readonly string[], problems: Problems): readonly string[] {
  const isGood = (name: unknown): boolean =>
    typeof name === 'string' && name !== '' && name.length <= maximumEmailLength && !/\p{Cc}/u.test(name);
  if (!Array.isArray(value) || value.length > maximumPrincipals || !value.every(isGood)) {
    problems.add('principals', `it must be a list of at most ${maximumPrincipals} names`);
  }
  return value;
}
