import type { VirtualPath } from './virtual-path.ts';

/** The rights an account has or lacks, per path. */
export const permissions = [
  'list',
  'download',
  'upload',
  'overwrite',
  'append',
  'delete',
  'rename',
  'make-directory',
  'remove-directory',
  'change-mode',
  'change-time',
  'change-owner',
  'symlink',
  'checksum',
] as const;

/** One of {@link permissions}. */
export type Permission = (typeof permissions)[number];

/** The rights of somebody who reads only. */
const reading: ReadonlySet<Permission> = new Set<Permission>(['list', 'download', 'checksum']);
const everything: ReadonlySet<Permission> = new Set<Permission>(permissions);

/** An answer with its reason: the rule that decided, in words for an administrator. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly rule: string;
}

/** Says what may be done where. An implementation decides from what it holds in memory; it never waits. */
export interface AccessPolicy {
  /** Promises the same answer for every path, so that a listing of many entries need ask only once. */
  readonly uniform?: true;
  decide(permission: Permission, path: VirtualPath): AccessDecision;
}

class UniformAccess implements AccessPolicy {
  readonly uniform = true;
  readonly #granted: AccessDecision;
  readonly #denied: AccessDecision;
  readonly #allowed: ReadonlySet<Permission>;

  constructor(rule: string, allowed: ReadonlySet<Permission>) {
    this.#granted = Object.freeze({ allowed: true, rule });
    this.#denied = Object.freeze({ allowed: false, rule });
    this.#allowed = allowed;
  }

  decide(permission: Permission): AccessDecision {
    return this.#allowed.has(permission) ? this.#granted : this.#denied;
  }
}

/** May list, download and compare, everywhere; nothing else. */
export const readOnlyAccess: AccessPolicy = new UniformAccess('the account is read-only', reading);

/** May do everything everywhere. */
export const fullAccess: AccessPolicy = new UniformAccess('the account has all rights', everything);

/** May do nothing anywhere. */
export const noAccess: AccessPolicy = new UniformAccess('the account has no rights', new Set());
