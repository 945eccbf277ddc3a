import type { Account } from '#core/account.ts';
import type { Accounts, LoginAttempt, LoginOutcome } from '#core/authentication.ts';
import type { FileSystem } from '#core/file-system.ts';
import { readOnlyAccess } from '#core/permission.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { refusals, refuse } from './refusal.ts';

/** The user names of anonymous FTP (RFC 1635), in any case, as vsftpd takes them. */
const anonymousNames: ReadonlySet<string> = new Set(['anonymous', 'ftp']);
const longestName = 'anonymous'.length;

/** What {@link anonymousAccounts} serves. */
export interface AnonymousOptions {
  readonly fileSystem: FileSystem;
  /** The directory a login starts in (default `/`). */
  readonly home?: string | undefined;
  readonly requireTls?: boolean | undefined;
}

/** Whether a user name is one of anonymous FTP: `anonymous` or `ftp` in any case. */
export function isAnonymousName(user: string): boolean {
  return user.length <= longestName && anonymousNames.has(user.toLowerCase());
}

/**
 * Anonymous FTP (RFC 1635): `anonymous` and `ftp` log in with whatever they leave as a password and may list,
 * download and compare. Any other name is refused.
 */
export function anonymousAccounts(options: AnonymousOptions): Accounts {
  const requireTls = options.requireTls ?? false;
  const account: Account = Object.freeze({
    name: 'anonymous',
    anonymous: true,
    fileSystem: options.fileSystem,
    home: resolveVirtualPath(rootPath, options.home ?? '/'),
    access: readOnlyAccess,
    fxpNetworks: Object.freeze([]),
    requireTls,
    administrator: false,
  });
  const accepted: LoginOutcome = { outcome: 'accepted', account };
  return {
    authenticate({ user, credential, secure }: LoginAttempt): LoginOutcome {
      if (!isAnonymousName(user)) return refuse(refusals.unknownUser);
      if (credential.kind !== 'anonymous' && credential.kind !== 'password') {
        return refuse(refusals.unsupportedCredential);
      }
      if (requireTls && !secure) return refuse(refusals.needsTls);
      return accepted;
    },
  };
}
