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
import type { FileAction } from './events.ts';
import { ResolvedFileSystem } from './resolved-file-system.ts';
import type { BeforeAction } from './session-controls.ts';
import type { Session } from './session.ts';

/** Characters that could forge a line of a listing, a reply or a log; no new name may hold them. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const forbiddenInNames = /[\u0000-\u001f\u007f]/u;

/** Permission bits a peer may set: set-uid, set-gid and sticky never travel. */
const settableModeBits = 0o777;

/** What {@link guard} works on. */
export interface GuardOptions {
  readonly account: Account;
  readonly session: Session;
  /** The account's tree, behind its limits where it has any. */
  readonly storage: FileSystem | null;
}

/** What the guard behind links works on: it checks rights and is silent else, since the guard before it has told. */
interface InnerGuardOptions extends GuardOptions {
  readonly behindLinks: true;
}

/**
 * Wraps an account's tree so that every protocol passes the same checks: rights, name rules, hooks that may forbid
 * what is about to be done, and a record of what was done. Nothing else in wherry checks a right. Where rights or names
 * differ from path to path, the place that links lead to must be allowed as well as the path that was named, and what
 * is done is done at that very place.
 *
 * @throws WherryError `unavailable` when the account has no tree
 */
export function guard(options: GuardOptions): GuardedFileSystem {
  return new GuardedFileSystem(options);
}

/** An account's tree behind its rights; made by {@link guard}. */
export class GuardedFileSystem implements FileSystem {
  #account: Account;
  #inner: FileSystem;
  readonly #session: Session;
  readonly #behindLinks: boolean;

  constructor(options: GuardOptions | InnerGuardOptions) {
    const { account, session, storage } = options;
    this.#account = account;
    this.#session = session;
    this.#behindLinks = 'behindLinks' in options;
    this.#inner = this.#judged(requireStorage(storage));
  }

  get capabilities(): Capabilities {
    return this.#inner.capabilities;
  }

  /** Goes on with what the account is now; files that are open stay as they were opened. */
  update(account: Account, storage: FileSystem | null): void {
    this.#account = account;
    this.#inner = this.#judged(requireStorage(storage));
  }

  /** The tree itself where every path has the same rights; else one in which links are judged by where they lead. */
  #judged(storage: FileSystem): FileSystem {
    const { access, nameRules } = this.#account;
    const isUniform = access.uniform === true && nameRules === undefined;
    if (this.#behindLinks || isUniform || !canResolve(storage)) return storage;
    const target = new GuardedFileSystem({
      account: this.#account,
      session: this.#session,
      storage: storage.withoutLinks?.() ?? storage,
      behindLinks: true,
    });
    return new ResolvedFileSystem({ tree: storage, target });
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
    await this.#change('make-directory', { path }, () => this.#inner.makeDirectory(path, options));
  }

  async removeDirectory(path: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('remove-directory', path);
    await this.#change('remove-directory', { path }, () => this.#inner.removeDirectory(path, options));
  }

  async removeFile(path: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('delete', path);
    await this.#ask('delete', path);
    await this.#change('delete', { path }, () => this.#inner.removeFile(path, options));
  }

  async rename(from: VirtualPath, to: VirtualPath, options: RenameOptions = {}): Promise<void> {
    this.#require('rename', from);
    this.#require('rename', to);
    checkNewName(to);
    await this.#ask('rename', from, to);
    const overwrite = options.overwrite !== false && this.#allows('overwrite', to);
    await this.#change('rename', { path: from, other: to }, () =>
      this.#inner.rename(from, to, { ...options, overwrite }),
    );
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
    await this.#change('set-attributes', { path }, () => this.#inner.setAttributes(path, settled, options));
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
    await this.#change('make-link', { path, other: target }, () =>
      this.#inner.createSymlink?.(target, path, options),
    );
  }

  async createHardLink(existing: VirtualPath, path: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('symlink', path);
    this.#require('download', existing);
    checkNewName(path);
    if (this.#inner.createHardLink === undefined) throw unsupported('make a hard link', path);
    await this.#change('make-link', { path, other: existing }, () =>
      this.#inner.createHardLink?.(existing, path, options),
    );
  }

  async copyFile(from: VirtualPath, to: VirtualPath, options?: OperationOptions): Promise<void> {
    this.#require('download', from);
    this.#require('upload', to);
    checkNewName(to);
    if (this.#inner.copyFile === undefined) throw unsupported('copy a file', to);
    if (!this.#allows('overwrite', to) && (await this.#exists(to))) this.#require('overwrite', to);
    await this.#change('copy', { path: to, other: from }, () => this.#inner.copyFile?.(from, to, options));
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
    const { events } = this.#session;
    if (events.wants('denied')) {
      events.emit({ event: 'denied', ...this.#session.facts(), action: permission, path, rule });
    }
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

  /** Asks whoever may forbid it; undefined when nobody wants to be asked. */
  #ask(action: BeforeAction, path: VirtualPath, other: string | null = null): Promise<void> | undefined {
    const { before } = this.#session;
    if (this.#behindLinks || before?.asks(action) !== true) return undefined;
    return this.#heed(before.refusal({ ...this.#session.facts(), action, path, other }), action, path);
  }

  async #heed(refusal: Awaitable<string | null>, action: BeforeAction, path: VirtualPath): Promise<void> {
    const reason = await refusal;
    if (reason === null) return;
    const { events } = this.#session;
    if (events.wants('denied')) {
      const rule = `a hook forbade it: ${reason}`;
      events.emit({ event: 'denied', ...this.#session.facts(), action, path, rule });
    }
    throw new WherryError('permission', reason, { path });
  }

  /** Makes a change and tells of it: that it begins, for a record that outlives a kill, and what came of it. */
  async #change(
    action: FileAction,
    { path, other = null }: { readonly path: VirtualPath; readonly other?: string | null },
    work: () => Awaitable<void>,
  ): Promise<void> {
    const { events } = this.#session;
    if (this.#behindLinks) {
      await work();
      return;
    }
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

function canResolve(storage: FileSystem): storage is FileSystem & Required<Pick<FileSystem, 'realPath'>> {
  return storage.realPath !== undefined;
}

function requireStorage(storage: FileSystem | null): FileSystem {
  if (storage === null) throw new WherryError('unavailable', 'There is no storage for this account');
  return storage;
}

function unsupported(action: string, path: VirtualPath): WherryError {
  return new WherryError('not-supported', `Cannot ${action}: this storage does not offer it`, { path });
}
