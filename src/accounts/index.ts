export { anonymousAccounts, isAnonymousName } from './anonymous.ts';
export type { AnonymousOptions } from './anonymous.ts';
export { firstOf } from './first-of.ts';
export { fixedAccounts } from './fixed.ts';
export type { FixedAccount } from './fixed.ts';
export { openAccountDatabase } from './sqlite/account-database.ts';
export type {
  AccountDatabase,
  ListAccountsOptions,
  OpenAccountDatabaseOptions,
} from './sqlite/account-database.ts';
export type { AccountChanges, AccountRecord, NewAccount, Rights } from './sqlite/account-record.ts';
export { sqliteAccounts } from './sqlite/sqlite-accounts.ts';
export type { SqliteAccountsOptions } from './sqlite/sqlite-accounts.ts';
