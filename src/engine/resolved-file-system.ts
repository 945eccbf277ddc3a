import type { Awaitable } from '#core/awaitable.ts';
import type { HashAlgorithm } from '#core/checksum.ts';
import type { Entry } from '#core/entry.ts';
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
import { joinName, nameOf, parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';

/** What a {@link ResolvedFileSystem} stands on. */
export interface ResolvedOptions {
  /** Says where links lead; one with links that cannot has them refused. */
  readonly tree: FileSystem;
  /** Is given the paths behind the links. */
  readonly target: WholeFileSystem;
}

type WholeFileSystem = FileSystem &
  Required<
    Pick<FileSystem, 'readSymlink' | 'createSymlink' | 'createHardLink' | 'copyFile' | 'space' | 'checksum'>
  >;

/**
 * A tree whose links are resolved before anything is done: what stands behind it sees the places that links lead to,
 * and judges those. Operations on a name itself, as renaming it, resolve the way to it alone. Listings tell of links
 * as links, since what they lead to may be nobody's to see.
 */
export class ResolvedFileSystem implements FileSystem {
  readonly readSymlink?: NonNullable<FileSystem['readSymlink']>;
  readonly createSymlink?: NonNullable<FileSystem['createSymlink']>;
  readonly createHardLink?: NonNullable<FileSystem['createHardLink']>;
  readonly copyFile?: NonNullable<FileSystem['copyFile']>;
  readonly space?: NonNullable<FileSystem['space']>;
  readonly #tree: ResolvedOptions['tree'];
  readonly #target: WholeFileSystem;

  constructor({ tree, target }: ResolvedOptions) {
    this.#tree = tree;
    this.#target = target;
    // What the storage cannot do this cannot either.
    if (tree.readSymlink !== undefined) this.readSymlink = (...call) => this.#readSymlink(...call);
    if (tree.createSymlink !== undefined) this.createSymlink = (...call) => this.#createSymlink(...call);
    if (tree.createHardLink !== undefined) this.createHardLink = (...call) => this.#createHardLink(...call);
    if (tree.copyFile !== undefined) this.copyFile = (...call) => this.#copyFile(...call);
    if (tree.space !== undefined) this.space = (...call) => this.#space(...call);
  }

  get capabilities(): Capabilities {
    return this.#tree.capabilities;
  }

  async stat(path: VirtualPath, options?: StatOptions): Promise<Entry> {
    const follows = options?.followSymlink ?? true;
    const real = follows ? await this.realPath(path) : await this.#nameAt(path);
    return { ...(await this.#target.stat(real, options)), name: nameOf(path) };
  }

  async *readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncGenerator<readonly Entry[]> {
    yield* this.#target.readDirectory(await this.realPath(path), { ...options, followSymlinks: false });
  }

  async openRead(path: VirtualPath, options?: Parameters<FileSystem['openRead']>[1]): Promise<ReadHandle> {
    return this.#target.openRead(await this.realPath(path), options);
  }

  async openWrite(path: VirtualPath, options?: OpenWriteOptions): Promise<WriteHandle> {
    return this.#target.openWrite(await this.realPath(path), options);
  }

  async makeDirectory(
    path: VirtualPath,
    options?: OperationOptions & { readonly mode?: number },
  ): Promise<void> {
    await this.#target.makeDirectory(await this.#nameAt(path), options);
  }

  async removeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#target.removeDirectory(await this.#nameAt(path), options);
  }

  async removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#target.removeFile(await this.#nameAt(path), options);
  }

  async rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Promise<void> {
    await this.#target.rename(await this.#nameAt(from), await this.#nameAt(to), options);
  }

  async setAttributes(
    path: VirtualPath,
    attributes: Attributes,
    options?: SetAttributesOptions,
  ): Promise<void> {
    const follows = options?.followSymlink ?? true;
    const real = follows ? await this.realPath(path) : await this.#nameAt(path);
    await this.#target.setAttributes(real, attributes, options);
  }

  async checksum(
    path: VirtualPath,
    algorithm: HashAlgorithm,
    options?: ChecksumOptions,
  ): Promise<Uint8Array> {
    return this.#target.checksum(await this.realPath(path), algorithm, options);
  }

  realPath(path: VirtualPath, options?: OperationOptions): Awaitable<VirtualPath> {
    return this.#tree.realPath?.(path, options) ?? refuseLinks(this.#tree, path, options);
  }

  async #readSymlink(path: VirtualPath, options?: OperationOptions): Promise<string> {
    return this.#target.readSymlink(await this.#nameAt(path), options);
  }

  async #createSymlink(text: string, path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#target.createSymlink(text, await this.#nameAt(path), options);
  }

  async #createHardLink(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#target.createHardLink(await this.#nameAt(existing), await this.#nameAt(path), options);
  }

  async #copyFile(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#target.copyFile(await this.realPath(from), await this.realPath(to), options);
  }

  async #space(path: VirtualPath, options?: OperationOptions): Promise<Space> {
    return this.#target.space(await this.realPath(path), options);
  }

  /** The place of a name whatever stands there, a link included. */
  async #nameAt(path: VirtualPath): Promise<VirtualPath> {
    return path === rootPath ? path : joinName(await this.realPath(parentOf(path)), nameOf(path));
  }
}
