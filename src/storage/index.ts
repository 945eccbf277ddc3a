export { MemoryFileSystem } from './memory/memory-file-system.ts';
export type { MemoryFileSystemOptions } from './memory/memory-file-system.ts';
