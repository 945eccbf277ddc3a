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
export { openOperations } from './operations.ts';
export type { Operations, OperationsOptions } from './operations.ts';
export { AuditTrail, defaultAuditRetention } from './audit/audit-trail.ts';
export type { AuditTrailOptions } from './audit/audit-trail.ts';
export type { AuditRetention } from './audit/audit-database.ts';
export type { AuditPage, AuditQuery, FoundAuditRecord } from './audit/audit-query.ts';
export type { AuditOutcome, AuditRecord } from './audit/audit-record.ts';
export { BeforeHooks } from './hooks/before-hooks.ts';
export { EventHooks } from './hooks/event-hooks.ts';
export { checkHooks, defaultHookEvents } from './hooks/hook-options.ts';
export type { BeforeHook, EventHook, HookTarget } from './hooks/hook-options.ts';
export { ServerMetrics } from './metrics/server-metrics.ts';
export { readiness } from './metrics/health.ts';
export type { Readiness, ReadinessCheck, ReadinessSources } from './metrics/health.ts';
export { RotatingFile, defaultRotationLimits } from './log/rotating-file.ts';
export type { RotatingFileOptions, RotationLimits } from './log/rotating-file.ts';
export { xferlog, xferlogEvents } from './log/xferlog.ts';
