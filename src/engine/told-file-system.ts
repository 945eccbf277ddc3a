import type { Awaitable } from '#core/awaitable.ts';
import type {
  Attributes,
  Capabilities,
  FileSystem,
  OperationOptions,
  RenameOptions,
  SetAttributesOptions,
} from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { FileAction } from './events.ts';
import type { Session } from './session.ts';

/** What is changed, and the new name of a rename, the source of a copy or the text of a link. */
interface Subject {
  readonly path: string;
  readonly other?: string | null;
}

/**
 * A tree whose changes are told: that one begins, for a record that outlives a kill, and what came of it. Transfers are
 * told by whoever moves their octets and alone knows how they ended. Nothing is judged here.
 */
export class ToldFileSystem implements FileSystem {
  readonly stat: FileSystem['stat'];
  readonly readDirectory: FileSystem['readDirectory'];
  readonly openRead: FileSystem['openRead'];
  readonly openWrite: FileSystem['openWrite'];
  readonly readSymlink?: NonNullable<FileSystem['readSymlink']>;
  readonly createSymlink?: NonNullable<FileSystem['createSymlink']>;
  readonly createHardLink?: NonNullable<FileSystem['createHardLink']>;
  readonly copyFile?: NonNullable<FileSystem['copyFile']>;
  readonly space?: NonNullable<FileSystem['space']>;
  readonly checksum?: NonNullable<FileSystem['checksum']>;
  readonly realPath?: NonNullable<FileSystem['realPath']>;
  readonly #inner: FileSystem;
  readonly #session: Session;

  /** @param session who makes the changes, and where they are told */
  constructor(inner: FileSystem, session: Session) {
    this.#inner = inner;
    this.#session = session;
    // What only looks passes untouched.
    this.stat = inner.stat.bind(inner);
    this.readDirectory = inner.readDirectory.bind(inner);
    this.openRead = inner.openRead.bind(inner);
    this.openWrite = inner.openWrite.bind(inner);
    // What the storage cannot do this cannot either.
    const createSymlink = inner.createSymlink?.bind(inner);
    const createHardLink = inner.createHardLink?.bind(inner);
    const copyFile = inner.copyFile?.bind(inner);
    if (inner.readSymlink !== undefined) this.readSymlink = inner.readSymlink.bind(inner);
    if (inner.space !== undefined) this.space = inner.space.bind(inner);
    if (inner.checksum !== undefined) this.checksum = inner.checksum.bind(inner);
    if (inner.realPath !== undefined) this.realPath = inner.realPath.bind(inner);
    if (createSymlink !== undefined) {
      this.createSymlink = async (text, path, options) =>
        this.#change('make-link', { path, other: text }, () => createSymlink(text, path, options));
    }
    if (createHardLink !== undefined) {
      this.createHardLink = async (existing, path, options) =>
        this.#change('make-link', { path, other: existing }, () => createHardLink(existing, path, options));
    }
    if (copyFile !== undefined) {
      this.copyFile = async (from, to, options) =>
        this.#change('copy', { path: to, other: from }, () => copyFile(from, to, options));
    }
  }

  get capabilities(): Capabilities {
    return this.#inner.capabilities;
  }

  async makeDirectory(
    path: VirtualPath,
    options?: OperationOptions & { readonly mode?: number },
  ): Promise<void> {
    await this.#change('make-directory', { path }, () => this.#inner.makeDirectory(path, options));
  }

  async removeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#change('remove-directory', { path }, () => this.#inner.removeDirectory(path, options));
  }

  async removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#change('delete', { path }, () => this.#inner.removeFile(path, options));
  }

  async rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Promise<void> {
    await this.#change('rename', { path: from, other: to }, () => this.#inner.rename(from, to, options));
  }

  async setAttributes(
    path: VirtualPath,
    attributes: Attributes,
    options?: SetAttributesOptions,
  ): Promise<void> {
    await this.#change('set-attributes', { path }, () =>
      this.#inner.setAttributes(path, attributes, options),
    );
  }

  async #change(
    action: FileAction,
    { path, other = null }: Subject,
    work: () => Awaitable<void>,
  ): Promise<void> {
    const { events } = this.#session;
    if (events.wants('change-begun')) {
      events.emit({ event: 'change-begun', ...this.#session.facts(), action, path, other });
    }
    try {
      await work();
    } catch (thrown) {
      if (events.wants('change-failed')) {
        events.emit({ event: 'change-failed', ...this.#session.facts(), action, path });
      }
      throw thrown;
    }
    if (!events.wants('file-changed')) return;
    events.emit({ event: 'file-changed', ...this.#session.facts(), action, path, other });
  }
}
