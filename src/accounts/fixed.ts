import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account } from '#core/account.ts';
import type { Accounts, LoginAttempt, LoginOutcome } from '#core/authentication.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { AccessPolicy } from '#core/permission.ts';
import { fullAccess } from '#core/permission.ts';
import { Secret } from '#core/secret.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { lookupAccountName, normaliseAccountName } from './account-name.ts';
import { maximumPasswordBytes, passwordBytes } from './password-bytes.ts';
import { refusals, refuse } from './refusal.ts';

/** An account that is given in the program itself. */
export interface FixedAccount {
  readonly name: string;
  readonly password: string | Secret;
  /** The tree that the account sees (default the server's own). */
  readonly fileSystem?: FileSystem | undefined;
  /** The directory a login starts in (default `/`). */
  readonly home?: string | undefined;
  /** What the account may do (default everything). */
  readonly access?: AccessPolicy | undefined;
  /** CIDR networks that a PORT or EPRT of this account may name (default none). */
  readonly fxpNetworks?: readonly string[] | undefined;
  readonly requireTls?: boolean | undefined;
  readonly administrator?: boolean | undefined;
}

interface Held {
  readonly account: Account;
  readonly digest: Buffer;
}

/**
 * Accounts that live in memory, for tests, embedding and trying out.
 *
 * Of each password only an HMAC-SHA-256 under a random key of this object is kept. A slow hash would protect
 * nothing here: the passwords came from the same program's memory or command line, the digests are never stored,
 * and who can read them can read the key and the passwords as they arrive.
 *
 * @throws WherryError `name-invalid`, `name-too-long`, `exists` for a name given twice, `invalid-argument` for an
 *   empty password or one beyond 1024 octets
 */
export function fixedAccounts(accounts: readonly FixedAccount[]): Accounts {
  return new FixedAccounts(accounts);
}

class FixedAccounts implements Accounts {
  readonly #key = randomBytes(32);
  readonly #byName = new Map<string, Held>();
  readonly #nobody = randomBytes(32);

  constructor(accounts: readonly FixedAccount[]) {
    for (const given of accounts) this.#hold(given);
  }

  #hold(given: FixedAccount): void {
    const name = normaliseAccountName(given.name);
    if (this.#byName.has(name))
      throw new WherryError('exists', `Cannot add the account "${name}": it is given twice`);
    const password = typeof given.password === 'string' ? new Secret(given.password) : given.password;
    const octets = passwordBytes(password);
    if (octets.length === 0 || octets.length > maximumPasswordBytes) {
      const reason = `its password must have 1 to ${maximumPasswordBytes} octets`;
      throw new WherryError('invalid-argument', `Cannot add the account "${name}": ${reason}`);
    }
    const account: Account = Object.freeze({
      name,
      anonymous: false,
      fileSystem: given.fileSystem ?? null,
      home: resolveVirtualPath(rootPath, given.home ?? '/'),
      access: given.access ?? fullAccess,
      fxpNetworks: Object.freeze([...(given.fxpNetworks ?? [])]),
      requireTls: given.requireTls ?? false,
      administrator: given.administrator ?? false,
    });
    this.#byName.set(name, { account, digest: this.#digest(octets) });
  }

  #digest(password: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(password).digest();
  }

  authenticate(attempt: LoginAttempt): LoginOutcome {
    if (attempt.credential.kind !== 'password') return refuse(refusals.unsupportedCredential);
    const octets = passwordBytes(attempt.credential.password);
    if (octets.length > maximumPasswordBytes) return refuse(refusals.passwordTooLong);
    const name = lookupAccountName(attempt.user);
    const held = name === null ? undefined : this.#byName.get(name);
    const equal = timingSafeEqual(this.#digest(octets), held?.digest ?? this.#nobody);
    if (held === undefined) return refuse(refusals.unknownUser);
    if (!equal) return refuse(refusals.wrongPassword);
    if (held.account.requireTls && !attempt.secure) return refuse(refusals.needsTls);
    return { outcome: 'accepted', account: held.account };
  }
}
