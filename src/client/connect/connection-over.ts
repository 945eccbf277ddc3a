import type { Connection, ConnectionFacts } from '#core/connection.ts';
import type { FileSystem } from '#core/file-system.ts';
import { rootPath, type VirtualPath } from '#core/virtual-path.ts';

/** What a file system does not say of itself. */
export interface ConnectionTraits {
  readonly facts: ConnectionFacts;
  /** Default: the root. */
  readonly home?: VirtualPath | undefined;
  /** Default 4. */
  readonly parallelTransfers?: number | undefined;
  /** Leave the file system open when the connection is closed: others use it too (default false). */
  readonly shared?: boolean | undefined;
}

const defaultParallelTransfers = 4;

const required = [
  'stat',
  'readDirectory',
  'openRead',
  'openWrite',
  'makeDirectory',
  'removeDirectory',
  'removeFile',
  'rename',
  'setAttributes',
] as const satisfies readonly (keyof FileSystem)[];

const optional = [
  'readSymlink',
  'createSymlink',
  'createHardLink',
  'copyFile',
  'space',
  'checksum',
  'realPath',
] as const satisfies readonly (keyof FileSystem)[];

/** Makes a connection of a file system that is simply there: the disk of this machine, memory, a TFTP server. */
export function connectionOver(fileSystem: FileSystem, traits: ConnectionTraits): Connection {
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    if (traits.shared !== true) await fileSystem.close?.();
  };
  const methods: Record<string, unknown> = {};
  for (const name of [...required, ...optional]) {
    const method = fileSystem[name] as ((...parameters: never[]) => unknown) | undefined;
    if (method !== undefined) methods[name] = method.bind(fileSystem);
  }
  return {
    ...(methods as unknown as FileSystem),
    capabilities: fileSystem.capabilities,
    facts: traits.facts,
    home: traits.home ?? rootPath,
    parallelTransfers: traits.parallelTransfers ?? defaultParallelTransfers,
    get isClosed() {
      return closed;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
