import { createHash } from 'node:crypto';
import type { Account } from '#core/account.ts';
import type { Awaitable } from '#core/awaitable.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { AccountLimits } from '#core/limits.ts';
import { accessOf, nameRulesOf } from '../access/policy-of.ts';
import { settleAccount, type EffectiveAccount } from '../sqlite/account-database.ts';
import type { StoredAccount } from '../sqlite/login-store.ts';
import { compileCircumstances, type Objection } from './circumstances.ts';

/** All that logging in to one account needs, worked out once for all its logins. */
export interface LoginPlan {
  readonly stored: StoredAccount;
  readonly effective: EffectiveAccount;
  readonly account: Account;
  /** The same for logins by a key that forbids forwarding. */
  readonly withoutTunnel: Account;
  readonly objection: Objection;
  /** Of all that a session could notice: a comment or a new password is nothing. */
  readonly digest: string;
}

/** How the accounts of a database become accounts of a server. */
export interface PlanOptions {
  /** The tree that an account sees. */
  fileSystemFor(account: EffectiveAccount): Awaitable<FileSystem | null>;
  /** Takes all rights to change anything, whatever the account's own are. */
  readonly readOnly?: boolean | undefined;
}

/**
 * Works out what logging in to an account needs.
 *
 * @throws WherryError when a setting cannot be filled in, or what opening the tree says
 */
export async function planLogin(stored: StoredAccount, options: PlanOptions): Promise<LoginPlan> {
  const effective = settleAccount(stored);
  const { account: record, settings } = effective;
  const account: Account = Object.freeze({
    name: record.name,
    anonymous: false,
    fileSystem: await options.fileSystemFor(effective),
    home: settings.startDirectory,
    access: accessOf(effective, { readOnly: options.readOnly }),
    fxpNetworks: settings.fxpNetworks,
    requireTls: settings.requireTls,
    administrator: record.administrator !== null && record.administrator.groups === null,
    limits: isLimited(settings.limits) ? settings.limits : undefined,
    nameRules: nameRulesOf(effective),
    tunnel: settings.tunnel,
  });
  return {
    stored,
    effective,
    account,
    withoutTunnel: settings.tunnel ? Object.freeze({ ...account, tunnel: false }) : account,
    objection: compileCircumstances(settings),
    digest: createHash('sha256')
      .update(JSON.stringify([settings, record.administrator]))
      .digest('base64'),
  };
}

function isLimited(limits: AccountLimits): boolean {
  const says = (value: unknown): boolean =>
    typeof value === 'object' && value !== null ? Object.values(value).some(says) : value !== null;
  return says(limits);
}
