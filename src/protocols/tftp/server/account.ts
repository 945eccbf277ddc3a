import type { Account } from '#core/account.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { AccessDecision, AccessPolicy, Permission } from '#core/permission.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { TftpWritePolicy } from './options.ts';

const granted: Readonly<Record<TftpWritePolicy, readonly Permission[]>> = {
  off: ['list', 'download'],
  create: ['list', 'download', 'upload'],
  overwrite: ['list', 'download', 'upload', 'overwrite'],
};

class TftpAccess implements AccessPolicy {
  readonly #granted: ReadonlySet<Permission>;
  readonly #yes: AccessDecision;
  readonly #no: AccessDecision;

  constructor(write: TftpWritePolicy) {
    this.#granted = new Set(granted[write]);
    const rule = `TFTP writing is set to "${write}"`;
    this.#yes = Object.freeze({ allowed: true, rule });
    this.#no = Object.freeze({ allowed: false, rule });
  }

  decide(permission: Permission): AccessDecision {
    return this.#granted.has(permission) ? this.#yes : this.#no;
  }
}

/** The account of everybody who comes by TFTP, which knows no users: rights as far as the write policy goes. */
export function tftpAccount(options: {
  readonly fileSystem: FileSystem;
  readonly write: TftpWritePolicy;
  /** The directory that names are relative to (default `/`). */
  readonly home?: string | undefined;
}): Account {
  return Object.freeze({
    name: 'tftp',
    anonymous: true,
    fileSystem: options.fileSystem,
    home: resolveVirtualPath(rootPath, options.home ?? '/'),
    access: new TftpAccess(options.write),
    fxpNetworks: Object.freeze([]),
    requireTls: false,
    administrator: false,
  });
}
