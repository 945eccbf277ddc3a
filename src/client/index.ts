export { connect } from './connect/connect.ts';
export { RemoteConnection } from './remote/remote-connection.ts';
export type { RemoteConnectionOptions } from './remote/remote-connection.ts';
export { connectionOver } from './connect/connection-over.ts';
export type { ConnectionTraits } from './connect/connection-over.ts';
export { localPlace } from './connect/local.ts';
export { formatAddress, isRemoteAddress, parseAddress, parseSiteAddress, schemes } from './address.ts';
export type { Address, Scheme, SiteAddress } from './address.ts';
export type {
  Ask,
  ConnectOptions,
  Question,
  SiteSource,
  SshOptions,
  TlsOptions,
  UntrustedCertificate,
} from './options.ts';
export type { HostKeyJudge, HostKeyOffer, HostKeyPolicy } from './trust/host-key-policy.ts';
export { copyFile } from './copy/copy-file.ts';
export type { CopyFileOptions, CopyResult, DigestName, FilePlace, Verification } from './copy/options.ts';
export type { ProgressListener, TransferProgress } from './copy/progress.ts';
export { ProgressMeter } from './copy/progress.ts';
export type { RetryNotice, RetryPolicy } from './retry.ts';
export type { DownloadSink } from './remote/sinks.ts';
export type { UploadSource } from './remote/sources.ts';
export type { DiskUsage, FindOptions, ListedEntry, ListOptions } from './remote/tree.ts';
export { errorCodes, WherryError } from '#core/errors.ts';
export type { ErrorCode } from '#core/errors.ts';
export { Secret } from '#core/secret.ts';
export type {
  Connection,
  ConnectionFacts,
  ConversationLine,
  ConversationListener,
} from '#core/connection.ts';
export type { Entry, EntryType, TimePrecision } from '#core/entry.ts';
export type { Capabilities, FileSystem } from '#core/file-system.ts';
export type { VirtualPath } from '#core/virtual-path.ts';
export { mirror, MirrorPlan, planMirror } from './mirror/mirror.ts';
export type {
  Comparison,
  LinkPolicy,
  MirrorAction,
  MirrorEvent,
  MirrorFilter,
  MirrorOptions,
  MirrorResult,
  MirrorSide,
  PlanTotals,
  Reason,
  RunOptions,
} from './mirror/options.ts';
export { SiteStore } from './sites/site-store.ts';
export type { SiteStoreOptions } from './sites/site-store.ts';
export { checkSite } from './sites/check-site.ts';
export { connectionOfSite } from './sites/site-address.ts';
export { emptySite, encryptions, logonTypes, siteKey, sitePort } from './sites/site.ts';
export type { Bookmark, Encryption, LogonType, Site } from './sites/site.ts';
export { exportFileZilla, importFileZilla } from './sites/filezilla.ts';
export type { ImportedSites } from './sites/filezilla.ts';
export { importSshConfig } from './sites/ssh-config.ts';
export { findNetrcLogin, parseNetrc } from './sites/netrc.ts';
export type { NetrcLogin } from './sites/netrc.ts';
export { TrustedCertificates } from './trust/trusted-certificates.ts';
export type { TrustedCertificate } from './trust/trusted-certificates.ts';
export { defaultKnownHostsFiles } from './trust/known-hosts-files.ts';
export { configDirectory, stateDirectory } from './directories.ts';
export { TransferQueue } from './queue/transfer-queue.ts';
export type { TransferQueueOptions } from './queue/transfer-queue.ts';
export { priorities } from './queue/job.ts';
export type { Job, JobOptions, JobState, NewJob, Priority, QueueEvent } from './queue/job.ts';
export { watchMirror } from './mirror/watch.ts';
export type { WatchOptions, WatchRound } from './mirror/watch.ts';
export { planSync, SyncPlan } from './sync/sync.ts';
export { baseFileOf } from './sync/base.ts';
export type { Conflict, Side, SyncAction, SyncOptions, SyncResult, SyncTotals } from './sync/options.ts';
