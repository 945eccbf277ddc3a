import type { Entry } from '#core/entry.ts';
import type {
  Attributes,
  Capabilities,
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
import { encodeName } from '#core/name-encoding.ts';
import { joinName, nameOf } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure, throwIfAborted } from '../failure.ts';
import { checkLinkText, maximumNameLength } from '../validation.ts';
import { applyAttributes } from './attributes.ts';
import { locate } from './locate.ts';
import type { Location } from './locate.ts';
import { entryOf } from './node.ts';
import type { MemoryNode } from './node.ts';
import { openMemoryRead, openMemoryWrite } from './open.ts';
import { renameNode } from './rename.ts';
import { MemoryVolume } from './volume.ts';

/** How a {@link MemoryFileSystem} is made. */
export interface MemoryFileSystemOptions {
  /** Octets that all files together may hold; beyond it writing fails with `no-space`. No limit by default. */
  readonly capacity?: number;
  /** Permission bits that new files and directories lack; default 0o022. */
  readonly umask?: number;
  /** The clock, in milliseconds since 1970 with a fraction; the system's by default. */
  readonly now?: () => number;
}

/** Entries per batch of a listing. */
const batchSize = 1024;

/** What an unlimited tree says of its room: a power of two that every protocol's number can carry. */
const unlimitedBytes = 2 ** 52;
const unlimitedFiles = 2 ** 31;
const blockSize = 4096;

/**
 * A whole tree in memory, for tests and for servers that keep nothing. It has links, modes and times like a local
 * directory and answers without waiting; it does not enforce permission bits.
 */
export class MemoryFileSystem implements FileSystem {
  readonly capabilities: Capabilities = Object.freeze({
    randomAccess: true,
    symlinks: true,
    hardLinks: true,
    setTimes: true,
    setMode: true,
    setOwner: true,
    space: true,
    copy: true,
    checksums: [],
  });
  readonly #volume: MemoryVolume;

  constructor(options: MemoryFileSystemOptions = {}) {
    this.#volume = new MemoryVolume({
      capacity: options.capacity ?? Infinity,
      umask: options.umask ?? 0o022,
      now: options.now ?? (() => performance.timeOrigin + performance.now()),
    });
  }

  stat(path: VirtualPath, options?: StatOptions): Entry {
    const action = 'examine the entry';
    throwIfAborted(options?.signal, action, path);
    return entryOf(this.#find(path, action, options?.followSymlink ?? true), nameOf(path));
  }

  // oxlint-disable-next-line require-await -- the interface promises an asynchronous sequence
  async *readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncGenerator<readonly Entry[]> {
    const action = 'list the directory';
    throwIfAborted(options?.signal, action, path);
    const directory = this.#find(path, action, true);
    if (directory.type !== 'directory') throw failure('not-directory', action, path);
    const children = [...directory.children].sort(([a], [b]) => (a < b ? -1 : 1));
    for (let start = 0; start < children.length; start += batchSize) {
      throwIfAborted(options?.signal, action, path);
      const batch = children.slice(start, start + batchSize);
      yield batch.map(([name, node]) =>
        entryOf(options?.followSymlinks === true ? this.#followed(path, name, node) : node, name),
      );
    }
  }

  openRead(path: VirtualPath, options?: OperationOptions): ReadHandle {
    throwIfAborted(options?.signal, 'open the file', path);
    return openMemoryRead(this.#volume, path);
  }

  openWrite(path: VirtualPath, options: OpenWriteOptions = {}): WriteHandle {
    throwIfAborted(options.signal, 'open the file', path);
    return openMemoryWrite(this.#volume, path, options);
  }

  makeDirectory(path: VirtualPath, options?: OperationOptions & { readonly mode?: number }): void {
    const place = this.#vacant(path, 'make the directory', options);
    this.#volume.attach(place.directory, place.name, this.#volume.makeDirectory(options?.mode ?? 0o777));
  }

  removeDirectory(path: VirtualPath, options?: OperationOptions): void {
    const action = 'remove the directory';
    throwIfAborted(options?.signal, action, path);
    const { directory, name, node } = this.#locate(path, action, false);
    if (node === undefined) throw failure('not-found', action, path);
    if (node.type !== 'directory') throw failure('not-directory', action, path);
    if (node === this.#volume.root) throw failure('permission', action, path);
    if (node.children.size > 0) throw failure('not-empty', action, path);
    node.removed = true;
    this.#volume.detach(directory, name);
  }

  removeFile(path: VirtualPath, options?: OperationOptions): void {
    const action = 'remove the file';
    throwIfAborted(options?.signal, action, path);
    const { directory, name, node } = this.#locate(path, action, false);
    if (node === undefined) throw failure('not-found', action, path);
    if (node.type === 'directory') throw failure('is-directory', action, path);
    this.#volume.detach(directory, name);
  }

  rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): void {
    throwIfAborted(options?.signal, 'rename', from);
    renameNode(this.#volume, { from, to, overwrite: options?.overwrite ?? true });
  }

  setAttributes(path: VirtualPath, attributes: Attributes, options?: SetAttributesOptions): void {
    const action = 'change the attributes';
    throwIfAborted(options?.signal, action, path);
    const node = this.#find(path, action, options?.followSymlink ?? true);
    applyAttributes(this.#volume, node, attributes, path);
  }

  readSymlink(path: VirtualPath, options?: OperationOptions): string {
    const action = 'read the link';
    throwIfAborted(options?.signal, action, path);
    const node = this.#find(path, action, false);
    if (node.type !== 'symlink') throw failure('invalid-argument', action, path);
    return node.target;
  }

  createSymlink(target: string, path: VirtualPath, options?: OperationOptions): void {
    const place = this.#vacant(path, 'make the link', options);
    checkLinkText(target, encodeName(target).length, path);
    this.#volume.attach(place.directory, place.name, this.#volume.makeSymlink(target));
  }

  createHardLink(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): void {
    const action = 'make the link';
    throwIfAborted(options?.signal, action, path);
    const node = this.#find(existing, action, false);
    if (node.type === 'directory') throw failure('permission', action, existing);
    const place = this.#vacant(path, action, options);
    this.#volume.attach(place.directory, place.name, node);
  }

  copyFile(from: VirtualPath, to: VirtualPath, options?: OperationOptions): void {
    const action = 'copy the file';
    throwIfAborted(options?.signal, action, from);
    const source = this.#find(from, action, true);
    if (source.type !== 'file') throw failure('is-directory', action, from);
    if (this.#locate(to, action, true).node === source) throw failure('invalid-argument', action, to);
    openMemoryWrite(this.#volume, to, { mode: source.mode & 0o777 }, source).finish();
  }

  space(path: VirtualPath, options?: OperationOptions): Space {
    const action = 'tell the free space';
    throwIfAborted(options?.signal, action, path);
    this.#find(path, action, true);
    const { capacity, used } = this.#volume;
    const totalBytes = capacity === Infinity ? unlimitedBytes : capacity;
    const freeBytes = Math.max(0, totalBytes - used);
    return {
      totalBytes,
      freeBytes,
      availableBytes: freeBytes,
      blockSize,
      totalFiles: unlimitedFiles,
      freeFiles: unlimitedFiles,
      maximumNameLength,
      readOnly: false,
    };
  }

  realPath(path: VirtualPath, options?: OperationOptions): VirtualPath {
    const action = 'resolve the path';
    throwIfAborted(options?.signal, action, path);
    return locate(this.#volume.root, path, { action, followLast: true, keepMissing: true }).canonical;
  }

  #locate(path: VirtualPath, action: string, followLast: boolean): Location {
    return locate(this.#volume.root, path, { action, followLast });
  }

  #find(path: VirtualPath, action: string, followLast: boolean): MemoryNode {
    const { node } = this.#locate(path, action, followLast);
    if (node === undefined) throw failure('not-found', action, path);
    return node;
  }

  #vacant(path: VirtualPath, action: string, options: OperationOptions | undefined): Location {
    throwIfAborted(options?.signal, action, path);
    const place = this.#locate(path, action, false);
    if (place.node !== undefined) throw failure('exists', action, path);
    return place;
  }

  #followed(directory: VirtualPath, name: string, node: MemoryNode): MemoryNode {
    if (node.type !== 'symlink') return node;
    try {
      return this.#find(joinName(directory, name), 'follow the link', true);
    } catch {
      return node;
    }
  }
}
