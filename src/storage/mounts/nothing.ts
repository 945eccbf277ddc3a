import { bareEntry, type Entry } from '#core/entry.ts';
import type { Capabilities, FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { rootPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';

/** A directory that is there only because something is mounted below it. */
export function wayEntry(name: string): Entry {
  return bareEntry(name, 'directory', { mode: 0o555 });
}

/** A tree with nothing in it that nothing can be put into, for accounts that see mounts only. */
export class Nothing implements FileSystem {
  readonly capabilities: Capabilities = Object.freeze({
    randomAccess: true,
    symlinks: false,
    hardLinks: false,
    setTimes: false,
    setMode: false,
    setOwner: false,
    space: false,
    copy: false,
    checksums: [],
  });

  stat(path: VirtualPath): Entry {
    if (path === rootPath) return wayEntry('');
    throw failure('not-found', 'examine the entry', path);
  }

  // oxlint-disable-next-line require-await -- the interface promises an asynchronous sequence
  async *readDirectory(path: VirtualPath): AsyncGenerator<readonly Entry[]> {
    if (path !== rootPath) throw failure('not-found', 'list the directory', path);
    yield [];
  }

  openRead(path: VirtualPath): never {
    throw failure(path === rootPath ? 'is-directory' : 'not-found', 'open the file', path);
  }

  openWrite(path: VirtualPath): never {
    throw failure(path === rootPath ? 'is-directory' : 'read-only', 'open the file', path);
  }

  makeDirectory(path: VirtualPath): never {
    throw failure(path === rootPath ? 'exists' : 'read-only', 'make the directory', path);
  }

  removeDirectory(path: VirtualPath): never {
    throw failure(path === rootPath ? 'permission' : 'not-found', 'remove the directory', path);
  }

  removeFile(path: VirtualPath): never {
    throw failure(path === rootPath ? 'is-directory' : 'not-found', 'remove the file', path);
  }

  rename(from: VirtualPath): never {
    throw failure(from === rootPath ? 'permission' : 'not-found', 'rename', from);
  }

  setAttributes(path: VirtualPath): never {
    throw failure(path === rootPath ? 'read-only' : 'not-found', 'change the attributes', path);
  }
}
