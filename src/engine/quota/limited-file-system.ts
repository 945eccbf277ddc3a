import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
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
import type { AccountUsage } from './account-usage.ts';
import type { Amount } from './amount.ts';
import { amountOf, identityOf, lostAmount, nothing, statOrNull, tooLarge } from './amounts.ts';
import { LimitedUpdate } from './limited-update.ts';
import { LimitedUpload } from './limited-upload.ts';

/** What narrows a tree. */
export interface StorageLimits {
  /** What counts the account's quota; null without one. */
  readonly usage: AccountUsage | null;
  readonly largestFileBytes: number | null;
}

/**
 * A tree in which nothing grows beyond a quota, and no file beyond a length. Whatever changes how much is there comes
 * through here; what only looks passes untouched. Both wrappers of handles rely on it that a name and what it costs
 * change together, alone ({@link AccountUsage.change}).
 */
export class LimitedFileSystem implements FileSystem {
  readonly readSymlink?: NonNullable<FileSystem['readSymlink']>;
  readonly createSymlink?: NonNullable<FileSystem['createSymlink']>;
  readonly createHardLink?: NonNullable<FileSystem['createHardLink']>;
  readonly copyFile?: NonNullable<FileSystem['copyFile']>;
  readonly space?: NonNullable<FileSystem['space']>;
  readonly checksum?: NonNullable<FileSystem['checksum']>;
  readonly realPath?: NonNullable<FileSystem['realPath']>;
  readonly withoutLinks?: NonNullable<FileSystem['withoutLinks']>;
  readonly #inner: FileSystem;
  readonly #limits: StorageLimits;

  constructor(inner: FileSystem, limits: StorageLimits) {
    this.#inner = inner;
    this.#limits = limits;
    // What the storage cannot do this cannot either.
    if (inner.readSymlink !== undefined) this.readSymlink = inner.readSymlink.bind(inner);
    if (inner.createSymlink !== undefined) this.createSymlink = inner.createSymlink.bind(inner);
    if (inner.createHardLink !== undefined) this.createHardLink = (...call) => this.#link(...call);
    if (inner.copyFile !== undefined) this.copyFile = (...call) => this.#copy(...call);
    if (inner.space !== undefined) this.space = (path, options) => this.#space(path, options);
    if (inner.checksum !== undefined) this.checksum = inner.checksum.bind(inner);
    if (inner.realPath !== undefined) this.realPath = inner.realPath.bind(inner);
    const strict = inner.withoutLinks?.();
    if (strict !== undefined) this.withoutLinks = () => new LimitedFileSystem(strict, limits);
  }

  get capabilities(): Capabilities {
    return this.#inner.capabilities;
  }

  stat(path: VirtualPath, options?: StatOptions): Awaitable<Entry> {
    return this.#inner.stat(path, options);
  }

  readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncIterable<readonly Entry[]> {
    return this.#inner.readDirectory(path, options);
  }

  openRead(path: VirtualPath, options?: OperationOptions): Awaitable<ReadHandle> {
    return this.#inner.openRead(path, options);
  }

  async openWrite(path: VirtualPath, options: OpenWriteOptions = {}): Promise<WriteHandle> {
    const { usage, largestFileBytes } = this.#limits;
    const inPlace = options.disposition === 'update';
    if (usage === null) {
      const handle = await this.#inner.openWrite(path, options);
      return inPlace
        ? new LimitedUpdate(handle, { path, largestFileBytes, usage: null, file: null })
        : new LimitedUpload(handle, {
            path,
            largestFileBytes,
            usage: null,
            tree: this.#inner,
            before: nothing,
          });
    }
    if (inPlace) return this.#openUpdate(path, options, usage);
    await usage.prepare(this.#inner);
    const before = amountOf(await statOrNull(this.#inner, path));
    const claim: Amount = { bytes: 0, files: 1 - before.files };
    usage.reserve(claim, path);
    try {
      const handle = await this.#inner.openWrite(path, options);
      usage.enter();
      return new LimitedUpload(handle, { path, largestFileBytes, usage, tree: this.#inner, before });
    } catch (thrown) {
      usage.release(claim);
      throw thrown;
    }
  }

  makeDirectory(path: VirtualPath, options?: OperationOptions & { readonly mode?: number }): Awaitable<void> {
    return this.#inner.makeDirectory(path, options);
  }

  removeDirectory(path: VirtualPath, options?: OperationOptions): Awaitable<void> {
    return this.#inner.removeDirectory(path, options);
  }

  async removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#change(async (usage) => {
      const before = usage === null ? null : await statOrNull(this.#inner, path);
      await this.#inner.removeFile(path, options);
      if (usage !== null) usage.add(negative(lostAmount(usage, before, path)));
    });
  }

  async rename(from: VirtualPath, to: VirtualPath, options?: RenameOptions): Promise<void> {
    await this.#change(async (usage) => {
      const replaced = usage === null ? null : await this.#replacedBy(from, to);
      await this.#inner.rename(from, to, options);
      if (usage === null) return;
      usage.add(negative(lostAmount(usage, replaced, to)));
      for (const upload of usage.uploads) upload.moved(from, to);
    });
  }

  async setAttributes(
    path: VirtualPath,
    attributes: Attributes,
    options?: SetAttributesOptions,
  ): Promise<void> {
    const { size } = attributes;
    if (size === undefined) {
      await this.#inner.setAttributes(path, attributes, options);
      return;
    }
    this.#requireLength(size, path);
    await this.#change(async (usage) => {
      const entry = usage === null ? null : await statOrNull(this.#inner, path, options);
      const file = entry === null ? null : (usage?.growing.find(identityOf(entry, path)) ?? null);
      const before = file?.size ?? entry?.size ?? 0;
      const growth: Amount = { bytes: Math.max(0, size - before), files: 0 };
      usage?.reserve(growth, path);
      try {
        await this.#inner.setAttributes(path, attributes, options);
        usage?.add({ bytes: size - (file?.size ?? before), files: 0 });
        if (file !== null) file.size = size;
      } finally {
        usage?.release(growth);
      }
    });
  }

  async #openUpdate(path: VirtualPath, options: OpenWriteOptions, usage: AccountUsage): Promise<WriteHandle> {
    const { largestFileBytes } = this.#limits;
    return usage.change(this.#inner, async () => {
      const before = amountOf(await statOrNull(this.#inner, path, {}));
      const claim: Amount = { bytes: 0, files: 1 - before.files };
      usage.reserve(claim, path);
      try {
        const handle = await this.#inner.openWrite(path, options);
        usage.enter();
        // An update of a name that was free has made an empty file by now.
        usage.add(claim);
        const file = usage.growing.open(identityOf(await handle.stat(), path), handle.initialSize);
        return new LimitedUpdate(handle, { path, largestFileBytes, usage, file });
      } finally {
        usage.release(claim);
      }
    });
  }

  /** Another name for a file takes no octets. */
  async #link(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): Promise<void> {
    await this.#change(async (usage) => {
      const claim: Amount = { bytes: 0, files: 1 };
      usage?.reserve(claim, path);
      try {
        await this.#inner.createHardLink?.(existing, path, options);
        usage?.add(claim);
      } finally {
        usage?.release(claim);
      }
    });
  }

  async #copy(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Promise<void> {
    const copy = async (): Promise<void> => this.#inner.copyFile?.(from, to, options);
    await this.#change(async (usage) => {
      // What is copied must not become longer than what was claimed for it.
      await (usage === null
        ? this.#copyAlone(null, { from, to, copy })
        : usage.holding(() => this.#copyAlone(usage, { from, to, copy })));
    });
  }

  async #copyAlone(
    usage: AccountUsage | null,
    {
      from,
      to,
      copy,
    }: { readonly from: VirtualPath; readonly to: VirtualPath; readonly copy: () => Promise<void> },
  ): Promise<void> {
    const { size } = await this.#inner.stat(from);
    this.#requireLength(size ?? 0, to);
    if (usage === null) {
      await copy();
      return;
    }
    const before = await statOrNull(this.#inner, to);
    const taken = amountOf(before);
    const claim: Amount = { bytes: Math.max(0, (size ?? 0) - taken.bytes), files: 1 - taken.files };
    usage.reserve(claim, to);
    try {
      await copy();
      usage.add(negative(lostAmount(usage, before, to)));
      usage.add(amountOf(await statOrNull(this.#inner, to)));
    } finally {
      usage.release(claim);
    }
  }

  async #change<Result>(step: (usage: AccountUsage | null) => Promise<Result>): Promise<Result> {
    const { usage } = this.#limits;
    return usage === null ? step(null) : usage.change(this.#inner, async () => step(usage));
  }

  async #space(path: VirtualPath, options?: OperationOptions): Promise<Space> {
    if (this.#inner.space === undefined)
      throw new WherryError('not-supported', 'The free space is not known');
    const space = await this.#inner.space(path, options);
    const { usage } = this.#limits;
    if (usage === null) return space;
    const left = Math.max(0, usage.bytesLeft);
    const filesLeft = Math.max(0, usage.filesLeft);
    return {
      ...space,
      totalBytes: Math.min(space.totalBytes, usage.limits?.quotaBytes ?? space.totalBytes),
      freeBytes: Math.min(space.freeBytes, left),
      availableBytes: Math.min(space.availableBytes, left),
      totalFiles: Math.min(space.totalFiles, usage.limits?.quotaFiles ?? space.totalFiles),
      freeFiles: Math.min(space.freeFiles, filesLeft),
    };
  }

  #requireLength(size: number, path: VirtualPath): void {
    const { largestFileBytes } = this.#limits;
    if (largestFileBytes !== null && size > largestFileBytes) throw tooLarge(largestFileBytes, path);
  }

  /** What a rename takes the place of; null when both names are the same file, which it then leaves alone. */
  async #replacedBy(from: VirtualPath, to: VirtualPath): Promise<Entry | null> {
    const target = await statOrNull(this.#inner, to);
    if (target === null || from === to) return null;
    const source = await statOrNull(this.#inner, from);
    const same =
      source !== null && target.inode !== null && identityOf(source, from) === identityOf(target, to);
    return same ? null : target;
  }
}

function negative({ bytes, files }: Amount): Amount {
  return { bytes: -bytes, files: -files };
}
