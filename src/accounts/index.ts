export { anonymousAccounts, isAnonymousName } from './anonymous.ts';
export type { AnonymousOptions } from './anonymous.ts';
export { firstOf } from './first-of.ts';
export { fixedAccounts } from './fixed.ts';
export type { FixedAccount } from './fixed.ts';
export { problemsOf } from './settings/problems.ts';
export type { Problem } from './settings/problems.ts';
export { parsePermissions, permissionLetters } from './access/permission-letters.ts';
export type { AccessExplanation } from './access/rule-access.ts';
export { describeOrigin } from './settings/origin.ts';
export type { Origin } from './settings/origin.ts';
export type * from './settings/settings.ts';
export {
  loginMethods,
  loginProtocols,
  rightsNames,
  settingNames,
  tlsVersions,
  weekdays,
} from './settings/settings.ts';
export type { EffectiveMount, EffectiveSettings, SettledSettings } from './settings/effective.ts';
export { openAccountDatabase } from './sqlite/account-database.ts';
export type {
  AccountDatabase,
  EffectiveAccount,
  ListAccountsOptions,
  OpenAccountDatabaseOptions,
} from './sqlite/account-database.ts';
export type {
  AccountChanges,
  AccountRecord,
  AdministratorRole,
  GroupChanges,
  GroupRecord,
  NewAccount,
  NewGroup,
} from './sqlite/account-record.ts';
export type { AuthorityRecord, NamedKey } from './sqlite/authority-store.ts';
export type { CertificateKind, CertificateRecord } from './sqlite/certificate-store.ts';
export type { ListOptions } from './sqlite/group-store.ts';
export type { KeyRecord } from './sqlite/key-store.ts';
export type { KeyOptions } from './ssh/key-options.ts';
export { sqliteAccounts } from './sqlite/sqlite-accounts.ts';
export type { SqliteAccountsOptions } from './sqlite/sqlite-accounts.ts';
export { httpAccounts } from './external/http-accounts.ts';
export type { HttpAccountsOptions } from './external/http-accounts.ts';
export { programAccounts } from './external/program-accounts.ts';
export type { ProgramAccountsOptions } from './external/program-accounts.ts';
export type { ExternalOptions } from './external/external-accounts.ts';
// What accounts of one's own implement, and what they need for that.
export type { Account } from '#core/account.ts';
export type {
  Accounts,
  Credential,
  LoginAttempt,
  LoginOutcome,
  SshCertificateFacts,
} from '#core/authentication.ts';
export { fullAccess, noAccess, permissions, readOnlyAccess } from '#core/permission.ts';
export type { AccessDecision, AccessPolicy, Permission } from '#core/permission.ts';
export { Secret } from '#core/secret.ts';
