import { isIP } from 'node:net';
import type { Insertable, Selectable, Updateable } from 'kysely';
import { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { normaliseAccountName } from '../account-name.ts';
import type { AccountsTable } from './schema.ts';

/** `r` may list, download and compare; `rw` may do everything. */
export type Rights = 'r' | 'rw';

/** An account as it is kept, without its password. */
export interface AccountRecord {
  readonly name: string;
  /** Where the account's tree lies, as a rule a directory of the host; null for the server's own. */
  readonly home: string | null;
  /** The directory within that tree which a login starts in. */
  readonly startDirectory: VirtualPath;
  readonly rights: Rights;
  readonly enabled: boolean;
  readonly administrator: boolean;
  readonly requireTls: boolean;
  /** CIDR networks that a PORT or EPRT of this account may name. */
  readonly fxpNetworks: readonly string[];
  readonly hasPassword: boolean;
  /** Milliseconds since 1970 in UTC. */
  readonly createdAt: number;
  /** Milliseconds since 1970 in UTC. */
  readonly changedAt: number;
}

/** What may be said of an account; what is left out keeps its value, or its default in a new account. */
export interface AccountChanges {
  /** The password, or an argon2id hash of it in PHC form from another program, or null for none. */
  readonly password?: Secret | { readonly phcString: string } | null | undefined;
  /** Default null. */
  readonly home?: string | null | undefined;
  /** Default `/`. */
  readonly startDirectory?: string | undefined;
  /** Default `rw`. */
  readonly rights?: Rights | undefined;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  readonly administrator?: boolean | undefined;
  readonly requireTls?: boolean | undefined;
  readonly fxpNetworks?: readonly string[] | undefined;
}

/** A new account. */
export interface NewAccount extends AccountChanges {
  readonly name: string;
}

/** Longest home in UTF-16 units: a path of Linux. */
const maximumHomeLength = 4096;
/** As many networks as an administrator can oversee in one account. */
const maximumFxpNetworks = 256;

/** The row of a new account with the defaults filled in; `passwordHash` is made from `account.password`. */
export function newRow(
  account: NewAccount,
  passwordHash: string | null,
  now: number,
): Insertable<AccountsTable> {
  const given = changedColumns(account);
  return {
    name: normaliseAccountName(account.name),
    password_hash: passwordHash,
    home: given.home ?? null,
    start_directory: given.start_directory ?? '/',
    rights: given.rights ?? 'rw',
    enabled: given.enabled ?? 1,
    administrator: given.administrator ?? 0,
    require_tls: given.require_tls ?? 0,
    fxp_networks: given.fxp_networks ?? '[]',
    created_at: now,
    changed_at: now,
  };
}

/**
 * The columns that `changes` names, but for the password.
 *
 * @throws WherryError `invalid-argument` for a home, rights or network that cannot be
 */
export function changedColumns(
  changes: AccountChanges,
): Omit<Updateable<AccountsTable>, 'password_hash' | 'changed_at'> {
  const { home, startDirectory, rights, enabled, administrator, requireTls, fxpNetworks } = changes;
  return {
    ...(home === undefined ? {} : { home: checkHome(home) }),
    ...(startDirectory === undefined
      ? {}
      : { start_directory: resolveVirtualPath(rootPath, startDirectory) }),
    ...(rights === undefined ? {} : { rights: checkRights(rights) }),
    ...(enabled === undefined ? {} : { enabled: Number(enabled) }),
    ...(administrator === undefined ? {} : { administrator: Number(administrator) }),
    ...(requireTls === undefined ? {} : { require_tls: Number(requireTls) }),
    ...(fxpNetworks === undefined ? {} : { fxp_networks: JSON.stringify(checkNetworks(fxpNetworks)) }),
  };
}

/** Reads a row of the table `accounts`. */
export function toRecord(row: Selectable<AccountsTable>): AccountRecord {
  return Object.freeze({
    name: row.name,
    home: row.home,
    startDirectory: resolveVirtualPath(rootPath, row.start_directory),
    rights: row.rights,
    enabled: row.enabled === 1,
    administrator: row.administrator === 1,
    requireTls: row.require_tls === 1,
    fxpNetworks: Object.freeze(JSON.parse(row.fxp_networks) as string[]),
    hasPassword: row.password_hash !== null,
    createdAt: Number(row.created_at),
    changedAt: Number(row.changed_at),
  });
}

function checkHome(home: string | null): string | null {
  if (home === null) return null;
  if (home === '' || home.length > maximumHomeLength || home.includes('\0')) {
    throw new WherryError('invalid-argument', 'Cannot keep the account: its home is no path');
  }
  return home;
}

function checkRights(rights: Rights): Rights {
  // The type says so already; a caller from a command line or a page may not keep to it.
  if (!['r', 'rw'].includes(rights)) {
    throw new WherryError('invalid-argument', 'Cannot keep the account: its rights are neither "r" nor "rw"');
  }
  return rights;
}

function checkNetworks(networks: readonly string[]): readonly string[] {
  if (networks.length > maximumFxpNetworks) {
    throw new WherryError(
      'too-many',
      `Cannot keep the account: it has more than ${maximumFxpNetworks} FXP networks`,
    );
  }
  for (const network of networks) {
    if (isNetwork(network)) continue;
    throw new WherryError(
      'invalid-argument',
      'Cannot keep the account: one of its FXP networks is no CIDR network',
    );
  }
  return networks;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/u.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}
