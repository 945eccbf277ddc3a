import type { Awaitable } from '#core/awaitable.ts';
import { isPending } from '#core/awaitable.ts';
import type { HashAlgorithm } from '#core/checksum.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type {
  Attributes,
  Capabilities,
  ChecksumOptions,
  FileSystem,
  OpenWriteOptions,
  OperationOptions,
  ReadDirectoryOptions,
  ReadHandle,
  RenameOptions,
  SetAttributesOptions,
  Space,
  StatOptions,
  WriteHandle,
} from '#core/file-system.ts';
import { refuseLinks } from '#core/refuse-links.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { nameOf, parentOf, rootPath } from '#core/virtual-path.ts';
import { failure, throwIfAborted } from '../failure.ts';
import { combineCapabilities } from './combine-capabilities.ts';
import { absolute, MountTable, type Mount, type Place } from './mount-table.ts';
import { Nothing, wayEntry } from './nothing.ts';

/** What a {@link mountTree} is made of. */
export interface MountTreeOptions {
  /** The tree at `/`; none by default, and then there is nothing but the mounts and the way to them. */
  readonly root?: FileSystem | null | undefined;
  /** Trees at places below; they may lie in one another. A path in none of the trees is made up. */
  readonly mounts: readonly Mount[];
}

/**
 * Several trees as one. Each path belongs to the tree that is mounted deepest above it, and handles are that tree's
 * own, so that a kernel still sends from their descriptors. What lay under the place of a mount is covered. Links
 * are each tree's own as well: none leads from one into another. Renaming, linking and copying from one tree to
 * another is `cross-device`; whoever wants it moves the octets. Places of mounts, and directories on the way to them,
 * are neither renamed nor removed (`permission`). Closing it closes nothing: the trees may serve others.
 *
 * @throws WherryError `exists` for two trees at one path
 */
export function mountTree({ root, mounts }: MountTreeOptions): FileSystem {
  const base: Mount = { path: rootPath, fileSystem: root ?? new Nothing() };
  return new MountFileSystem(new MountTable([base, ...mounts]));
}

class MountFileSystem implements FileSystem {
  readonly capabilities: Capabilities;
  readonly #table: MountTable;
  #withoutLinks: MountFileSystem | null = null;

  constructor(table: MountTable) {
    this.#table = table;
    this.capabilities = combineCapabilities(table.mounts.map(({ fileSystem }) => fileSystem.capabilities));
  }

  stat(path: VirtualPath, options?: StatOptions): Awaitable<Entry> {
    const { mount, path: inner } = this.#table.find(path);
    const name = nameOf(path);
    const made = this.#table.isPinned(path);
    if (!made) return mount.fileSystem.stat(inner, options);
    return orElse(
      () => named(mount.fileSystem.stat(inner, options), name),
      () => wayEntry(name),
    );
  }

  async *readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncGenerator<readonly Entry[]> {
    throwIfAborted(options?.signal, 'list the directory', path);
    const covered = this.#table.namesIn(path);
    const { mount, path: inner } = this.#table.find(path);
    const entries = mount.fileSystem.readDirectory(inner, options);
    if (covered.size === 0) {
      yield* entries;
      return;
    }
    const seen = new Set<string>();
    try {
      for await (const batch of entries) {
        const kept = batch.filter(({ name, type }) => {
          const isReal = covered.get(name) === null && type === 'directory';
          if (isReal) seen.add(name);
          return isReal || !covered.has(name);
        });
        if (kept.length > 0) yield kept;
      }
    } catch (thrown) {
      if (!isMissing(thrown)) throw thrown;
    }
    const added: Entry[] = [];
    for (const [name, at] of covered) {
      if (!seen.has(name)) added.push(await entryAt(at, name));
    }
    yield added;
  }

  openRead(path: VirtualPath, options?: OperationOptions): Awaitable<ReadHandle> {
    if (this.#table.isPinned(path)) throw failure('is-directory', 'open the file', path);
    const { mount, path: inner } = this.#table.find(path);
    return mount.fileSystem.openRead(inner, options);
  }

  openWrite(path: VirtualPath, options?: OpenWriteOptions): Awaitable<WriteHandle> {
    const action = 'open the file';
    if (this.#table.isPinned(path)) throw failure('is-directory', action, path);
    const { mount, path: inner } = this.#writable(path, action);
    return this.#making(path, action, () => mount.fileSystem.openWrite(inner, options));
  }

  makeDirectory(path: VirtualPath, options?: OperationOptions & { readonly mode?: number }): Awaitable<void> {
    const action = 'make the directory';
    if (this.#table.isPinned(path)) throw failure('exists', action, path);
    const { mount, path: inner } = this.#writable(path, action);
    return this.#making(path, action, () => mount.fileSystem.makeDirectory(inner, options));
  }

  removeDirectory(path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    const { mount, path: inner } = this.#loose(path, 'remove the directory');
    return mount.fileSystem.removeDirectory(inner, options);
  }

  removeFile(path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    const action = 'remove the file';
    if (this.#table.isPinned(path)) throw failure('is-directory', action, path);
    const { mount, path: inner } = this.#writable(path, action);
    return mount.fileSystem.removeFile(inner, options);
  }

  rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Awaitable<void> {
    const action = 'rename';
    const source = this.#loose(from, action);
    const target = this.#loose(to, action);
    if (source.mount !== target.mount) throw failure('cross-device', action, from);
    return this.#making(to, action, () => source.mount.fileSystem.rename(source.path, target.path, options));
  }

  setAttributes(path: VirtualPath, attributes: Attributes, options?: SetAttributesOptions): Awaitable<void> {
    const { mount, path: inner } = this.#writable(path, 'change the attributes');
    return mount.fileSystem.setAttributes(inner, attributes, options);
  }

  readSymlink(path: VirtualPath, options?: OperationOptions): Awaitable<string> {
    const action = 'read the link';
    if (this.#table.isPinned(path)) throw failure('invalid-argument', action, path);
    const { mount, path: inner } = this.#table.find(path);
    if (mount.fileSystem.readSymlink === undefined) throw failure('not-supported', action, path);
    return mount.fileSystem.readSymlink(inner, options);
  }

  createSymlink(target: string, path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    const action = 'make the link';
    if (this.#table.isPinned(path)) throw failure('exists', action, path);
    const { mount, path: inner } = this.#writable(path, action);
    if (mount.fileSystem.createSymlink === undefined) throw failure('not-supported', action, path);
    return this.#making(path, action, () => mount.fileSystem.createSymlink?.(target, inner, options));
  }

  createHardLink(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    const action = 'make the link';
    if (this.#table.isPinned(existing)) throw failure('permission', action, existing);
    const { source, target } = this.#pair(existing, path, action);
    const { fileSystem } = target.mount;
    if (fileSystem.createHardLink === undefined) throw failure('not-supported', action, path);
    return this.#making(path, action, () => fileSystem.createHardLink?.(source.path, target.path, options));
  }

  copyFile(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Awaitable<void> {
    const action = 'copy the file';
    if (this.#table.isPinned(from)) throw failure('is-directory', action, from);
    const { source, target } = this.#pair(from, to, action);
    const { fileSystem } = target.mount;
    if (fileSystem.copyFile === undefined) throw failure('not-supported', action, to);
    return this.#making(to, action, () => fileSystem.copyFile?.(source.path, target.path, options));
  }

  space(path: VirtualPath, options?: OperationOptions): Awaitable<Space> {
    const { mount, path: inner } = this.#table.find(path);
    if (mount.fileSystem.space === undefined) throw failure('not-supported', 'tell the free space', path);
    const space = mount.fileSystem.space(inner, options);
    if (mount.readOnly !== true) return space;
    return isPending(space)
      ? space.then((told) => ({ ...told, readOnly: true }))
      : { ...space, readOnly: true };
  }

  checksum(path: VirtualPath, algorithm: HashAlgorithm, options?: ChecksumOptions): Awaitable<Uint8Array> {
    const action = 'compute the checksum';
    if (this.#table.isPinned(path)) throw failure('is-directory', action, path);
    const { mount, path: inner } = this.#table.find(path);
    if (mount.fileSystem.checksum === undefined) throw failure('not-supported', action, path);
    return mount.fileSystem.checksum(inner, algorithm, options);
  }

  realPath(path: VirtualPath, options?: OperationOptions): Awaitable<VirtualPath> {
    const { mount, path: inner } = this.#table.find(path);
    const { fileSystem } = mount;
    if (this.#table.isPinned(path)) return path;
    if (fileSystem.realPath === undefined && !fileSystem.capabilities.symlinks) return path;
    const real = fileSystem.realPath?.(inner, options) ?? refuseLinks(fileSystem, inner, options);
    return isPending(real) ? real.then((found) => absolute(mount.path, found)) : absolute(mount.path, real);
  }

  withoutLinks(): FileSystem {
    return (this.#withoutLinks ??= new MountFileSystem(
      new MountTable(
        this.#table.mounts.map((mount) => {
          const { fileSystem } = mount;
          return { ...mount, fileSystem: fileSystem.withoutLinks?.() ?? fileSystem };
        }),
      ),
    ));
  }

  #writable(path: VirtualPath, action: string): Place {
    const place = this.#table.find(path);
    if (place.mount.readOnly === true) throw failure('read-only', action, path);
    return place;
  }

  /** The place of something that may be moved or removed. */
  #loose(path: VirtualPath, action: string): Place {
    if (path !== rootPath && this.#table.isPinned(path)) throw failure('permission', action, path);
    return this.#writable(path, action);
  }

  #pair(from: VirtualPath, to: VirtualPath, action: string): { source: Place; target: Place } {
    if (this.#table.isPinned(to)) throw failure('exists', action, to);
    const source = this.#table.find(from);
    const target = this.#writable(to, action);
    if (source.mount !== target.mount) throw failure('cross-device', action, from);
    return { source, target };
  }

  /** Makes something; in a directory that is there only as the way to a mount nothing can be made. */
  #making<T>(path: VirtualPath, action: string, make: () => Awaitable<T>): Awaitable<T> {
    if (!this.#table.isWay(parentOf(path))) return make();
    return orElse(make, () => {
      throw failure('read-only', action, path);
    });
  }
}

/** What the tree that is mounted there tells of its root, and a made-up directory where none is or it cannot be told. */
async function entryAt(mount: Mount | null, name: string): Promise<Entry> {
  if (mount === null) return wayEntry(name);
  try {
    return { ...(await mount.fileSystem.stat(rootPath)), name };
  } catch {
    // A tree that cannot be reached now must not take its neighbours out of the listing.
    return wayEntry(name);
  }
}

function named(entry: Awaitable<Entry>, name: string): Awaitable<Entry> {
  return isPending(entry) ? entry.then((told) => ({ ...told, name })) : { ...entry, name };
}

function orElse<T>(work: () => Awaitable<T>, otherwise: () => T): Awaitable<T> {
  const onError = (thrown: unknown): T => {
    if (isMissing(thrown)) return otherwise();
    throw thrown;
  };
  try {
    const result = work();
    return isPending(result) ? result.catch(onError) : result;
  } catch (thrown) {
    return onError(thrown);
  }
}

/** Whether an error says that a directory on the way to a mount is not there by itself, or is none. */
function isMissing(thrown: unknown): boolean {
  return thrown instanceof WherryError && (thrown.code === 'not-found' || thrown.code === 'not-directory');
}
