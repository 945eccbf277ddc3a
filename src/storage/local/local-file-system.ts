import type { Awaitable } from '#core/awaitable.ts';
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
import type { VirtualPath } from '#core/virtual-path.ts';
import { throwIfAborted } from '../failure.ts';
import { attempt } from './attempt.ts';
import { setLocalAttributes } from './attributes.ts';
import { copyLocalFile } from './copy.ts';
import { examine, readLinkText } from './examine.ts';
import { listDirectory } from './list.ts';
import {
  makeLocalDirectory,
  makeLocalHardLink,
  makeLocalSymlink,
  removeLocalDirectory,
  removeLocalFile,
} from './names.ts';
import { openLocalRead } from './open-read.ts';
import { openLocalWrite } from './open-write.ts';
import { realLocalPath } from './real-path.ts';
import { renameLocal } from './rename.ts';
import { spaceOfLocal } from './space.ts';
import type { LocalTree } from './tree.ts';

/** A directory of the host as a tree of its own, made by {@link local}. Nothing outside it can be reached. */
export class LocalFileSystem implements FileSystem {
  readonly capabilities: Capabilities;
  readonly #tree: LocalTree;
  #withoutLinks: LocalFileSystem | null = null;

  constructor(tree: LocalTree) {
    this.#tree = tree;
    this.capabilities = Object.freeze({
      randomAccess: true,
      symlinks: true,
      hardLinks: true,
      setTimes: true,
      setMode: true,
      setOwner: process.geteuid?.() === 0,
      space: true,
      copy: true,
      checksums: [],
    });
  }

  stat(path: VirtualPath, options?: StatOptions): Awaitable<Entry> {
    return this.#run({ action: 'examine the entry', path, options }, () =>
      examine(this.#tree, path, options?.followSymlink ?? true),
    );
  }

  readDirectory(path: VirtualPath, options: ReadDirectoryOptions = {}): AsyncIterable<readonly Entry[]> {
    return listDirectory(this.#tree, path, options);
  }

  openRead(path: VirtualPath, options?: OperationOptions): Awaitable<ReadHandle> {
    return this.#run({ action: 'open the file', path, options }, () => openLocalRead(this.#tree, path));
  }

  openWrite(path: VirtualPath, options: OpenWriteOptions = {}): Awaitable<WriteHandle> {
    return this.#run({ action: 'open the file', path, options }, () =>
      openLocalWrite(this.#tree, path, options),
    );
  }

  makeDirectory(path: VirtualPath, options?: OperationOptions & { readonly mode?: number }): Awaitable<void> {
    return this.#run({ action: 'make the directory', path, options }, () =>
      makeLocalDirectory(this.#tree, path, options?.mode ?? 0o777),
    );
  }

  removeDirectory(path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#run({ action: 'remove the directory', path, options }, () =>
      removeLocalDirectory(this.#tree, path),
    );
  }

  removeFile(path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#run({ action: 'remove the file', path, options }, () => removeLocalFile(this.#tree, path));
  }

  rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Awaitable<void> {
    const overwrite = options?.overwrite ?? true;
    return this.#run({ action: 'rename', path: from, options }, () =>
      renameLocal(this.#tree, { from, to, overwrite }),
    );
  }

  setAttributes(path: VirtualPath, attributes: Attributes, options?: SetAttributesOptions): Awaitable<void> {
    return this.#run({ action: 'change the attributes', path, options }, () =>
      setLocalAttributes(this.#tree, path, attributes, options?.followSymlink ?? true),
    );
  }

  readSymlink(path: VirtualPath, options?: OperationOptions): Awaitable<string> {
    const action = 'read the link';
    return this.#run({ action, path, options }, () => readLinkText(this.#tree, path, action));
  }

  createSymlink(target: string, path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#run({ action: 'make the link', path, options }, () =>
      makeLocalSymlink(this.#tree, target, path),
    );
  }

  createHardLink(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#run({ action: 'make the link', path, options }, () =>
      makeLocalHardLink(this.#tree, existing, path),
    );
  }

  copyFile(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#run({ action: 'copy the file', path: from, options }, () =>
      copyLocalFile(this.#tree, { from, to, signal: options?.signal }),
    );
  }

  space(path: VirtualPath, options?: OperationOptions): Awaitable<Space> {
    return this.#run({ action: 'tell the free space', path, options }, () => spaceOfLocal(this.#tree, path));
  }

  realPath(path: VirtualPath, options?: OperationOptions): Awaitable<VirtualPath> {
    return this.#run({ action: 'resolve the path', path, options }, () => realLocalPath(this.#tree, path));
  }

  withoutLinks(): FileSystem {
    return (this.#withoutLinks ??= new LocalFileSystem({
      ...this.#tree,
      jail: this.#tree.jail.withoutLinks(),
    }));
  }

  /** Gives the root directory back; open files stay open until they are ended. */
  close(): Awaitable<void> {
    return attempt('close the directory tree', undefined, () => this.#tree.jail.close());
  }

  #run<T>({ action, path, options }: Operation, run: () => Awaitable<T>): Awaitable<T> {
    throwIfAborted(options?.signal, action, path);
    return attempt(action, path, run);
  }
}

interface Operation {
  readonly action: string;
  readonly path: VirtualPath;
  readonly options: OperationOptions | undefined;
}
