import { httpAccounts, programAccounts, type ExternalOptions } from '#accounts/index.ts';
import type { Accounts } from '#core/authentication.ts';
import type { Config } from './schema.ts';

/**
 * The sources of accounts that a configuration names beside the database, in its order.
 *
 * @throws WherryError `invalid-argument` for one that cannot be asked
 */
export function externalAccountsOf(
  { accounts }: Pick<Config, 'accounts'>,
  options: Pick<ExternalOptions, 'fileSystemFor' | 'readOnly'>,
): readonly Accounts[] {
  return accounts.external.map(({ url, secret, program, arguments: words, timeout }) =>
    program === undefined
      ? httpAccounts({ ...options, url: url ?? '', secret, timeoutMs: timeout })
      : programAccounts({ ...options, program, arguments: words, timeoutMs: timeout }),
  );
}
