import type { Account } from '#core/account.ts';
import type { AccessPolicy, Permission } from '#core/permission.ts';
import { parentOf, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { KeptShare } from './share-keeper.ts';

/** What may be done through a link, of what its owner may do. Nothing that is there is ever changed or removed. */
const permissionsOf: Readonly<Record<KeptShare['access'], ReadonlySet<Permission>>> = {
  read: new Set(['list', 'download', 'checksum']),
  'upload-only': new Set(['upload', 'make-directory']),
  'read-and-upload': new Set(['list', 'download', 'checksum', 'upload', 'make-directory']),
};

/** What a link shows: a directory, or one file of one. */
export interface ShareScope {
  /** In the tree of the account. */
  readonly directory: VirtualPath;
  /** Null for all of the directory. */
  readonly name: string | null;
}

/** Where in its owner's tree a link leads. */
export function scopeOf({ path, type }: Pick<KeptShare, 'path' | 'type'>): ShareScope {
  const top = resolveVirtualPath(rootPath, path);
  return type === 'directory'
    ? { directory: top, name: null }
    : { directory: parentOf(top), name: top.slice(top.lastIndexOf('/') + 1) };
}

/** Whether a path of the owner's tree is what a link shows, or below it. */
export function isWithin({ directory, name }: ShareScope, path: VirtualPath): boolean {
  const top = name === null ? directory : joined(directory, name);
  return path === top || path.startsWith(top === rootPath ? rootPath : `${top}/`);
}

/** The account of a link's owner as visitors have it: no more rights than both the owner and the link give. */
export function sharedAccount(owner: Account, share: KeptShare): Account {
  const scope = scopeOf(share);
  const may = permissionsOf[share.access];
  const access: AccessPolicy = {
    decide: (permission, path) => {
      if (!may.has(permission)) return { allowed: false, rule: 'the link does not give this right' };
      if (!isWithin(scope, path)) return { allowed: false, rule: 'the link does not lead there' };
      return owner.access.decide(permission, path);
    },
  };
  return Object.freeze({
    ...owner,
    home: scope.directory,
    access,
    administrator: false,
    fxpNetworks: [],
    tunnel: false,
  });
}

function joined(directory: VirtualPath, name: string): string {
  return directory === rootPath ? `/${name}` : `${directory}/${name}`;
}
