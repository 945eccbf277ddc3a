import type { Account } from '#core/account.ts';
import type { FileSystem } from '#core/file-system.ts';
import { knownTime } from '#core/known-time.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { Session } from '#engine/session.ts';
import { isWithin, scopeOf, sharedAccount, type ShareScope } from './share-account.ts';
import { SharedTree } from './shared-tree.ts';
import type { KeptShare } from './share-keeper.ts';

/**
 * Somebody who came by a link. It counts as a session of the link's owner, whose quota, limits and rights hold, and
 * sees what is shared as a tree of its own.
 */
export class ShareSession extends Session {
  readonly share: KeptShare;
  readonly scope: ShareScope;
  #tree: { readonly guarded: FileSystem; readonly shared: SharedTree } | null = null;

  constructor(share: KeptShare, options: ConstructorParameters<typeof Session>[0]) {
    super(options);
    this.share = share;
    this.scope = scopeOf(share);
  }

  override get fileSystem(): FileSystem | null {
    return this.#shared();
  }

  override become(account: Account | null): void {
    super.become(account === null ? null : sharedAccount(account, this.share));
  }

  override update(account: Account): void {
    super.update(sharedAccount(account, this.share));
  }

  override expiry(nowMs: number): string | null {
    const { expiresAt } = this.share;
    if (expiresAt !== null && knownTime.forExpiry() >= expiresAt) return 'The link has expired';
    return super.expiry(nowMs);
  }

  /** The path in the owner's tree. */
  outer(path: VirtualPath): VirtualPath {
    return this.#shared()?.outer(path) ?? path;
  }

  /** The path that a path of the owner's tree has here; null for what is not shared. */
  inner(path: string): string | null {
    const { directory, name } = this.scope;
    if (name !== null || !isWithin(this.scope, path as VirtualPath)) return null;
    const below = path.slice(directory === '/' ? 0 : directory.length);
    return below === '' ? '/' : below;
  }

  #shared(): SharedTree | null {
    const guarded = super.fileSystem;
    if (guarded === null) return null;
    if (this.#tree?.guarded !== guarded) {
      const plain = (): FileSystem | null => this.account?.fileSystem ?? null;
      this.#tree = { guarded, shared: new SharedTree({ scope: this.scope, guarded, plain }) };
    }
    return this.#tree.shared;
  }
}

/** The link that a session came by; null for one that has logged in. */
export function shareOf(session: Session): KeptShare | null {
  return session instanceof ShareSession ? session.share : null;
}

/** Whose browser it is: visitors of a link and its owner do not take each other's place. */
export function bearerOf(session: Session): string {
  const share = shareOf(session);
  return share === null ? `account ${session.account?.name ?? ''}` : `share ${share.id}`;
}

/** The path of the account's own tree, for the log and for whoever else looks at that. */
export function ownPath(session: Session, path: VirtualPath): VirtualPath {
  return session instanceof ShareSession ? session.outer(path) : path;
}
