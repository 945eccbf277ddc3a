export { createServer } from './create-server.ts';
export type { ListenOptions, ServerOptions, TftpOptions, WherryServer } from './create-server.ts';
export { hostKeyFacts, openHostKeys } from './host-keys.ts';
export type { HostKeyFacts, HostKeys, HostKeySource, OpenHostKeysOptions } from './host-keys.ts';
export { defaultAutomaticBanLimits } from './bans/automatic-bans.ts';
export type { AutomaticBanLimits } from './bans/automatic-bans.ts';
export { BanList, defaultBanLimits } from './bans/ban-list.ts';
export type {
  AllowedNetwork,
  Ban,
  BanChange,
  BanLimits,
  BanListOptions,
  BanSource,
  NewBan,
} from './bans/ban-list.ts';
export { SqliteBanStore, temporaryBanStore } from './bans/ban-store.ts';
export type { BanStore } from './bans/ban-store.ts';
export { openStateDatabase } from './state/state-database.ts';
export type { StateDatabase } from './state/state-database.ts';
export { SqliteUsageStore } from './state/sqlite-usage-store.ts';
export { UsageLedger } from '#engine/quota/usage-ledger.ts';
export type { UsageLedgerOptions } from '#engine/quota/usage-ledger.ts';
export type { UsageFacts } from '#engine/quota/account-usage.ts';
export type { UsageStore } from '#engine/quota/usage-store.ts';
export { kickSessions, sessionRows } from '#engine/session-rows.ts';
export type { SessionRow, SessionSelector, TransferRow } from '#engine/session-rows.ts';
