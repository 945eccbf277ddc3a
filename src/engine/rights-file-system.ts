import type { Account } from '#core/account.ts';
import { isPending, type Awaitable } from '#core/awaitable.ts';
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
import type { NameTreatment } from '#core/name-policy.ts';
import type { AccessDecision, Permission } from '#core/permission.ts';
import { nameOf, type VirtualPath } from '#core/virtual-path.ts';
import { checksumOf } from './checksum.ts';
import type { BeforeAction } from './session-controls.ts';

/** Characters that could forge a line of a listing, a reply or a log; no new name may hold them. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const forbiddenInNames = /[\u0000-\u001f\u007f]/u;

/** Permission bits a peer may set: set-uid, set-gid and sticky never travel. */
const settableModeBits = 0o777;

/** Something that the rights do not allow. */
export interface Denial {
  readonly permission: Permission;
  readonly path: VirtualPath;
  /** Which rule decided. */
  readonly rule: string;
}

/** What a {@link RightsFileSystem} stands on. */
export interface RightsOptions {
  readonly account: Account;
  readonly storage: FileSystem;
  /** Hears of everything that the rights do not allow. */
  readonly onDenied: (denial: Denial) => void;
  /** Asks whoever else may forbid it, who rejects then; undefined when nobody wants to be asked. */
  readonly ask?:
    | ((action: BeforeAction, path: VirtualPath, other: string | null) => Promise<void> | undefined)
    | undefined;
}

/**
 * A tree behind the rights of an account: what they, the name rules and whoever else is asked do not allow is an error
 * of the code `permission`, or `not-found` for what is hidden. Nothing else is done or told here.
 */
export class RightsFileSystem implements FileSystem {
  readonly #onDenied: RightsOptions['onDenied'];
  readonly #askOthers: RightsOptions['ask'];
  #account: Account;
  #inner: FileSystem;

  constructor({ account, storage, onDenied, ask }: RightsOptions) {
    this.#account = account;
    this.#inner = storage;
    this.#onDenied = onDenied;
    this.#askOthers = ask;
  }

  get capabilities(): Capabilities {
    return this.#inner.capabilities;
  }

  /** Goes on with what the account is now; files that are open stay as they were opened. */
  update(account: Account, storage: FileSystem): void {
    this.#account = account;
    this.#inner = storage;
  }

  stat(path: VirtualPath, options?: StatOptions): Awaitable<Entry> {
    this.#require('list', path);
    return this.#inner.stat(path, options);
  }

  readDirectory(path: VirtualPath, options?: ReadDirectoryOptions): AsyncIterable<readonly Entry[]> {
    this.#require('list', path);
    const entries = this.#inner.readDirectory(path, options);
    const { nameRules } = this.#account;
    return nameRules === undefined ? entries : withoutHidden(entries, nameRules.within(path));
  }

  openRead(path: VirtualPath, options?: OperationOptions): Awaitable<ReadHandle> {
    this.#require('download', path);
    const asked = this.#ask('download', path);
    return asked === undefined
      ? this.#inner.openRead(path, options)
      : asked.then(() => this.#inner.openRead(path, options));
  }

  async openWrite(path: VirtualPath, options: OpenWriteOptions = {}): Promise<WriteHandle> {
    const { disposition = 'replace', mode } = options;
    checkNewName(path);
    const asked = this.#ask('upload', path);
    if (asked !== undefined) await asked;
    const settled = mode === undefined ? options : { ...options, mode: mode & settableModeBits };
    const intoExisting: Permission = disposition === 'update' ? 'append' : 'overwrite';
    const mayMake = this.#allows('upload', path);
    const mayChange = this.#allows(intoExisting, path) || this.#allows('overwrite', path);
    if (mayMake && (mayChange || disposition === 'create')) return this.#inner.openWrite(path, settled);
    if (!mayMake && !mayChange) this.#require('upload', path);
    const exists = await this.#exists(path);
    this.#require(exists ? intoExisting : 'upload', path);
    // The name was free a moment ago; `create` keeps a file that appears meanwhile from being overwritten.
    return this.#inner.openWrite(path, exists ? settled : { ...settled, disposition: 'create' });
  }

  async makeDirectory(
    path: VirtualPath,
    options?: OperationOptions & { readonly mode?: number },
  ): Promise<void> {
    this.#require('make-directory', path);
    checkNewName(path);
    await this.#inner.makeDirectory(path, options);
  }

  async removeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('remove-directory', path);
    await this.#inner.removeDirectory(path, options);
  }

  async removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('delete', path);
    await this.#ask('delete', path);
    await this.#inner.removeFile(path, options);
  }

  async rename(from: VirtualPath, to: VirtualPath, options: RenameOptions = {}): Promise<void> {
    this.#require('rename', from);
    this.#require('rename', to);
    checkNewName(to);
    await this.#ask('rename', from, to);
    const overwrite = options.overwrite !== false && this.#allows('overwrite', to);
    await this.#inner.rename(from, to, { ...options, overwrite });
  }

  async setAttributes(
    path: VirtualPath,
    attributes: Attributes,
    options?: SetAttributesOptions,
  ): Promise<void> {
    if (attributes.mode !== undefined) this.#require('change-mode', path);
    if (attributes.modifiedAt !== undefined || attributes.accessedAt !== undefined) {
      this.#require('change-time', path);
    }
    if (attributes.userId !== undefined || attributes.groupId !== undefined)
      this.#require('change-owner', path);
    if (attributes.size !== undefined) this.#require('overwrite', path);
    const { mode } = attributes;
    const settled = mode === undefined ? attributes : { ...attributes, mode: mode & settableModeBits };
    await this.#inner.setAttributes(path, settled, options);
  }

  readSymlink(path: VirtualPath, options?: OperationOptions): Awaitable<string> {
    this.#require('list', path);
    if (this.#inner.readSymlink === undefined) throw unsupported('read a symbolic link', path);
    return this.#inner.readSymlink(path, options);
  }

  async createSymlink(target: string, path: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('symlink', path);
    checkNewName(path);
    if (this.#inner.createSymlink === undefined) throw unsupported('make a symbolic link', path);
    if (target.includes('\0'))
      throw new WherryError('invalid-argument', 'The link text holds a NUL character');
    await this.#inner.createSymlink(target, path, options);
  }

  async createHardLink(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('symlink', path);
    this.#require('download', existing);
    checkNewName(path);
    if (this.#inner.createHardLink === undefined) throw unsupported('make a hard link', path);
    await this.#inner.createHardLink(existing, path, options);
  }

  async copyFile(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('download', from);
    this.#require('upload', to);
    checkNewName(to);
    if (this.#inner.copyFile === undefined) throw unsupported('copy a file', to);
    if (!this.#allows('overwrite', to) && (await this.#exists(to))) this.#require('overwrite', to);
    await this.#inner.copyFile(from, to, options);
  }

  space(path: VirtualPath, options?: OperationOptions): Awaitable<Space> {
    this.#require('list', path);
    if (this.#inner.space === undefined) throw unsupported('tell the free space', path);
    return this.#inner.space(path, options);
  }

  checksum(path: VirtualPath, algorithm: HashAlgorithm, options?: ChecksumOptions): Awaitable<Uint8Array> {
    this.#require('checksum', path);
    return checksumOf(this.#inner, path, { ...options, algorithm });
  }

  realPath(path: VirtualPath, options?: OperationOptions): Awaitable<VirtualPath> {
    this.#require('list', path);
    const real = this.#inner.realPath?.(path, options) ?? path;
    return isPending(real) ? real.then((found) => this.#seen(found)) : this.#seen(real);
  }

  /** Where a link leads is told to those only who may see that place. */
  #seen(real: VirtualPath): VirtualPath {
    this.#require('list', real);
    return real;
  }

  #allows(permission: Permission, path: VirtualPath): boolean {
    return this.#account.access.decide(permission, path).allowed && !this.#isForbidden(permission, path);
  }

  #require(permission: Permission, path: VirtualPath): void {
    const { allowed, rule } = this.#decide(permission, path);
    if (allowed) return;
    this.#onDenied({ permission, path, rule });
    throw new WherryError('permission', 'Permission denied', { path });
  }

  /** @throws WherryError `not-found` for what is hidden, unless it would be made */
  #decide(permission: Permission, path: VirtualPath): AccessDecision {
    const { access, nameRules } = this.#account;
    const decision = access.decide(permission, path);
    if (nameRules === undefined || !decision.allowed) return decision;
    const { treatment, rule } = nameRules.decide(path);
    if (treatment === 'hide' && !making.has(permission)) {
      throw new WherryError('not-found', 'No such file or directory', { path });
    }
    return this.#isForbidden(permission, path) ? { allowed: false, rule } : decision;
  }

  #isForbidden(permission: Permission, path: VirtualPath): boolean {
    const treatment = this.#account.nameRules?.decide(path).treatment ?? 'allow';
    return treatment === 'hide' || (treatment === 'deny' && permission !== 'list');
  }

  #ask(action: BeforeAction, path: VirtualPath, other: string | null = null): Promise<void> | undefined {
    return this.#askOthers?.(action, path, other);
  }

  async #exists(path: VirtualPath): Promise<boolean> {
    try {
      await this.#inner.stat(path);
      return true;
    } catch (thrown) {
      if (thrown instanceof WherryError && thrown.code === 'not-found') return false;
      throw thrown;
    }
  }
}

/** Rights to make something: that a hidden name is taken is not told, that it cannot be made is. */
const making: ReadonlySet<Permission> = new Set<Permission>(['upload', 'make-directory', 'symlink']);

async function* withoutHidden(
  batches: AsyncIterable<readonly Entry[]>,
  treatmentOf: (name: string) => NameTreatment,
): AsyncGenerator<readonly Entry[]> {
  for await (const batch of batches) {
    const seen = batch.filter(({ name }) => treatmentOf(name) !== 'hide');
    if (seen.length > 0) yield seen;
  }
}

function checkNewName(path: VirtualPath): void {
  if (forbiddenInNames.test(nameOf(path))) {
    throw new WherryError('name-invalid', 'A name may not hold control characters', { path });
  }
}

function unsupported(action: string, path: VirtualPath): WherryError {
  return new WherryError('not-supported', `Cannot ${action}: this storage does not offer it`, { path });
}
