import { WherryError } from '#core/errors.ts';
import type { Capabilities, FileSystem, ReadHandle, WriteHandle } from '#core/file-system.ts';

/** Nothing but one file that passes once. */
const capabilities: Capabilities = Object.freeze({
  randomAccess: false,
  symlinks: false,
  hardLinks: false,
  setTimes: false,
  setMode: false,
  setOwner: false,
  space: false,
  copy: false,
  checksums: [],
});

function unsupported(): never {
  throw new WherryError('not-supported', 'A stream can be read or written, and nothing else');
}

/** All that a stream is not. */
const nothing: Omit<FileSystem, 'openRead' | 'openWrite'> = {
  capabilities,
  stat: unsupported,
  readDirectory: unsupported,
  makeDirectory: unsupported,
  removeDirectory: unsupported,
  removeFile: unsupported,
  rename: unsupported,
  setAttributes: unsupported,
};

/** A stream to read from, as the only file of a file system. */
export function sourceFileSystem(open: () => ReadHandle): FileSystem {
  return { ...nothing, openRead: open, openWrite: unsupported };
}

/** A stream to write to, as the only file of a file system. */
export function sinkFileSystem(handle: WriteHandle): FileSystem {
  return { ...nothing, openRead: unsupported, openWrite: () => handle };
}
