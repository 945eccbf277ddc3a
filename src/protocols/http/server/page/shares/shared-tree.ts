import type { HashAlgorithm } from '#core/checksum.ts';
import { bareEntry, type Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type {
  Capabilities,
  ChecksumOptions,
  FileSystem,
  OpenReadOptions,
  OpenWriteOptions,
  OperationOptions,
  ReadDirectoryOptions,
  ReadHandle,
  StatOptions,
  WriteHandle,
} from '#core/file-system.ts';
import { joinName, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { ShareScope } from './share-account.ts';

export interface SharedTreeOptions {
  readonly scope: ShareScope;
  /** The owner's tree behind the rights of the link. */
  readonly guarded: FileSystem;
  /** The same tree without them, which tells where links lead. */
  readonly plain: () => FileSystem | null;
}

/**
 * What a link shows, as a tree of its own. Symbolic links are not there: they could lead to what is not shared, in the
 * tree of its owner.
 */
export class SharedTree implements FileSystem {
  readonly #options: SharedTreeOptions;

  constructor(options: SharedTreeOptions) {
    this.#options = options;
  }

  get capabilities(): Capabilities {
    const { capabilities } = this.#options.guarded;
    return { ...capabilities, symlinks: false, hardLinks: false, space: false, copy: false };
  }

  /** The path in the owner's tree. @throws WherryError `not-found` beside the one file that is shared */
  outer(path: VirtualPath): VirtualPath {
    const { directory, name } = this.#options.scope;
    if (name !== null && path !== rootPath && path !== `/${name}`)
      throw new WherryError('not-found', 'There is no such file', { path });
    const parts = path === rootPath ? [] : path.slice(1).split('/');
    return parts.reduce((above: VirtualPath, part) => joinName(above, part), directory);
  }

  async stat(path: VirtualPath, options?: StatOptions): Promise<Entry> {
    // A single file lies in a directory of which nothing else is told.
    if (path === rootPath && this.#options.scope.name !== null) return bareEntry('', 'directory');
    const entry = await this.#options.guarded.stat(await this.#real(path), {
      ...options,
      followSymlink: false,
    });
    if (entry.type === 'symlink') throw new WherryError('not-found', 'There is no such file', { path });
    return entry;
  }

  async *readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncGenerator<readonly Entry[]> {
    const { guarded, scope } = this.#options;
    if (scope.name !== null) {
      if (path !== rootPath) throw new WherryError('not-directory', 'This is a file', { path });
      yield [{ ...(await this.stat(joinName(rootPath, scope.name))), name: scope.name }];
      return;
    }
    for await (const batch of guarded.readDirectory(await this.#real(path), {
      ...options,
      followSymlinks: false,
    }))
      yield batch.filter(({ type }) => type !== 'symlink');
  }

  async openRead(path: VirtualPath, options?: OpenReadOptions): Promise<ReadHandle> {
    return this.#options.guarded.openRead(await this.#real(path), options);
  }

  async openWrite(path: VirtualPath, options?: OpenWriteOptions): Promise<WriteHandle> {
    return this.#options.guarded.openWrite(await this.#real(path), options);
  }

  async makeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#options.guarded.makeDirectory(await this.#real(path), options);
  }

  async removeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#options.guarded.removeDirectory(await this.#real(path), options);
  }

  async removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#options.guarded.removeFile(await this.#real(path), options);
  }

  async rename(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#options.guarded.rename(await this.#real(from), await this.#real(to), options);
  }

  async setAttributes(
    path: VirtualPath,
    attributes: Parameters<FileSystem['setAttributes']>[1],
    options?: OperationOptions,
  ): Promise<void> {
    await this.#options.guarded.setAttributes(await this.#real(path), attributes, options);
  }

  async checksum(
    path: VirtualPath,
    algorithm: HashAlgorithm,
    options?: ChecksumOptions,
  ): Promise<Uint8Array> {
    const { guarded } = this.#options;
    if (guarded.checksum === undefined)
      throw new WherryError('not-supported', 'This tree computes no checksums', { path });
    return guarded.checksum(await this.#real(path), algorithm, options);
  }

  /** The path in the owner's tree, when no link lies on the way from the top of what is shared. */
  async #real(path: VirtualPath): Promise<VirtualPath> {
    const outer = this.outer(path);
    const { directory } = this.#options.scope;
    const plain = this.#options.plain();
    if (plain?.realPath === undefined || !plain.capabilities.symlinks) return outer;
    const [top, real] = await Promise.all([plain.realPath(directory), plain.realPath(outer)]);
    const below = outer.slice(directory === rootPath ? 0 : directory.length);
    const expected = below === '' || below === rootPath ? top : `${top === rootPath ? '' : top}${below}`;
    if (real !== expected) throw new WherryError('not-found', 'There is no such file', { path });
    return outer;
  }
}
