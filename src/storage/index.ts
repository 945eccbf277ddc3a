export { MemoryFileSystem } from './memory/memory-file-system.ts';
export type { MemoryFileSystemOptions } from './memory/memory-file-system.ts';
export { local } from './local/local.ts';
export type { LocalOptions } from './local/local.ts';
export type { LocalFileSystem } from './local/local-file-system.ts';
export type { Durability } from './local/tree.ts';
export { FaultFileSystem } from './fault/fault-file-system.ts';
export { Gate } from './fault/gate.ts';
export type { Fault, FaultOperation } from './fault/plan.ts';
