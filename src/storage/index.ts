export { MemoryFileSystem } from './memory/memory-file-system.ts';
export type { MemoryFileSystemOptions } from './memory/memory-file-system.ts';
export { local } from './local/local.ts';
export type { LocalOptions } from './local/local.ts';
export type { LocalFileSystem } from './local/local-file-system.ts';
export type { Durability } from './local/tree.ts';
export { FaultFileSystem } from './fault/fault-file-system.ts';
export { Gate } from './fault/gate.ts';
export type { Fault, FaultOperation } from './fault/plan.ts';
export { mountTree } from './mounts/mount-tree.ts';
export type { MountTreeOptions } from './mounts/mount-tree.ts';
export type { Mount } from './mounts/mount-table.ts';
// What a storage of one's own implements, and what it needs for that.
export type * from '#core/file-system.ts';
export type { Entry, EntryType, TimePrecision } from '#core/entry.ts';
export { errorCodes, WherryError } from '#core/errors.ts';
export type { ErrorCode, WherryErrorOptions } from '#core/errors.ts';
export {
  isWithin,
  joinName,
  maximumPathLength,
  nameOf,
  parentOf,
  pathSegments,
  resolveVirtualPath,
  rootPath,
} from '#core/virtual-path.ts';
export type { VirtualPath } from '#core/virtual-path.ts';
