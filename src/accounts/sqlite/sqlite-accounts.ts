import { isDeepStrictEqual } from 'node:util';
import type { Account } from '#core/account.ts';
import type { Accounts, LoginAttempt, LoginOutcome } from '#core/authentication.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { sourceNetwork } from '#core/source-network.ts';
import { accessOf, nameRulesOf } from '../access/policy-of.ts';
import { lookupAccountName } from '../account-name.ts';
import { hashPassword, isOutdated, unmatchableHash, verifyPassword } from '../argon2/argon2id.ts';
import type { HashQueueLimits } from '../argon2/hash-queue.ts';
import { HashQueue } from '../argon2/hash-queue.ts';
import { maximumPasswordBytes, passwordBytes } from '../password-bytes.ts';
import { refusals, refuse } from '../refusal.ts';
import type { VerificationCacheLimits } from '../verification-cache.ts';
import { VerificationCache } from '../verification-cache.ts';
import { settleAccount, type AccountDatabase, type EffectiveAccount } from './account-database.ts';
import type { StoredAccount } from './login-store.ts';

export interface SqliteAccountsOptions {
  /**
   * The tree that an account sees. Asked after a full verification and kept with it for some minutes, so one file
   * system may serve several sessions; whoever makes it closes it.
   */
  fileSystemFor(account: EffectiveAccount): Awaitable<FileSystem>;
  /** Policy that replaces the account's own rights, as in a server that only reads. */
  readonly readOnly?: boolean | undefined;
  readonly cache?: VerificationCacheLimits | undefined;
  readonly queue?: HashQueueLimits | undefined;
}

/**
 * Logs in the accounts of a database by password. Unknown users and wrong passwords take one argon2id
 * verification each; a password that was verified lately takes none and is answered at once. `close` closes the
 * database.
 */
export function sqliteAccounts(database: AccountDatabase, options: SqliteAccountsOptions): Accounts {
  return new SqliteAccounts(database, options);
}

interface Login {
  readonly attempt: LoginAttempt;
  readonly name: string | null;
  readonly password: Buffer;
  readonly signal: AbortSignal;
}

class SqliteAccounts implements Accounts {
  readonly #database: AccountDatabase;
  readonly #options: SqliteAccountsOptions;
  readonly #verified: VerificationCache<Account>;
  readonly #queue: HashQueue;
  readonly #nobody: string;
  readonly #stopListening: () => void;
  #foreignVersion: unknown;
  /** Counts changes, so that a login notices one that came while its password was being verified. */
  #changes = 0;

  constructor(database: AccountDatabase, options: SqliteAccountsOptions) {
    this.#database = database;
    this.#options = options;
    this.#verified = new VerificationCache(options.cache);
    this.#queue = new HashQueue(options.queue);
    this.#nobody = unmatchableHash(database.cost);
    this.#foreignVersion = database.foreignVersion();
    this.#stopListening = database.onChange((name) => {
      this.#changes += 1;
      if (name === null) this.#verified.clear();
      else this.#verified.forget(name);
    });
  }

  authenticate(attempt: LoginAttempt, signal: AbortSignal): Awaitable<LoginOutcome> {
    if (attempt.credential.kind !== 'password') return refuse(refusals.unsupportedCredential);
    const password = passwordBytes(attempt.credential.password);
    if (password.length > maximumPasswordBytes) return refuse(refusals.passwordTooLong);
    this.#noticeForeignChanges();
    const name = lookupAccountName(attempt.user);
    const account = name === null ? null : this.#verified.recall(name, password);
    if (account !== null) return admit(account, attempt);
    return this.#verify({ attempt, name, password, signal });
  }

  close(): void {
    this.#stopListening();
    this.#verified.clear();
    this.#database.close();
  }

  async #verify(login: Login): Promise<LoginOutcome> {
    const source = sourceNetwork(login.attempt.remoteAddress);
    try {
      return await this.#queue.run(source, login.signal, async () => {
        const changes = this.#changes;
        const stored = login.name === null ? null : await this.#database.findStored(login.name);
        return this.#verifyStored(login, stored, changes);
      });
    } catch (thrown) {
      throw cannotTell(thrown);
    }
  }

  async #verifyStored(login: Login, stored: StoredAccount | null, changes: number): Promise<LoginOutcome> {
    const right = await verifyPassword(login.password, stored?.passwordHash ?? this.#nobody);
    if (stored === null) return refuse(refusals.unknownUser);
    const { record, passwordHash } = stored;
    if (passwordHash === null) return refuse(refusals.noPassword);
    if (!right) return refuse(refusals.wrongPassword);
    if (!record.enabled) return refuse(refusals.disabled);
    const account = await this.#accountOf(settleAccount(stored));
    const current = await this.#renewHash(login, record.name, passwordHash);
    this.#noticeForeignChanges();
    if (this.#changes !== changes) return this.#recheck(login, stored, account);
    this.#verified.remember({ user: record.name, password: login.password, passwordHash: current }, account);
    return admit(account, login.attempt);
  }

  /**
   * Some account was changed while the password was verified. When it was this one, what was verified counts for
   * nothing and is done again; each round needs another change by an administrator, so it ends.
   */
  async #recheck(login: Login, before: StoredAccount, account: Account): Promise<LoginOutcome> {
    const changes = this.#changes;
    const now = await this.#database.findStored(before.record.name);
    if (isDeepStrictEqual(now, before)) return admit(account, login.attempt);
    return this.#verifyStored(login, now, changes);
  }

  async #renewHash(login: Login, name: string, from: string): Promise<string> {
    if (!isOutdated(from, this.#database.cost)) return from;
    const to = await hashPassword(login.password, this.#database.cost);
    await this.#database.logins.replaceHash(name, { from, to });
    return to;
  }

  async #accountOf(effective: EffectiveAccount): Promise<Account> {
    const { account, settings } = effective;
    return Object.freeze({
      name: account.name,
      anonymous: false,
      fileSystem: await this.#options.fileSystemFor(effective),
      home: settings.startDirectory,
      access: accessOf(effective, { readOnly: this.#options.readOnly }),
      fxpNetworks: settings.fxpNetworks,
      requireTls: settings.requireTls,
      administrator: account.administrator !== null && account.administrator.groups === null,
      limits: settings.limits,
      nameRules: nameRulesOf(effective),
    });
  }

  #noticeForeignChanges(): void {
    let version: unknown;
    try {
      version = this.#database.foreignVersion();
    } catch (thrown) {
      throw cannotTell(thrown);
    }
    if (version === this.#foreignVersion) return;
    this.#foreignVersion = version;
    this.#changes += 1;
    this.#verified.clear();
  }
}

function admit(account: Account, attempt: LoginAttempt): LoginOutcome {
  if (account.requireTls && !attempt.secure) return refuse(refusals.needsTls);
  return { outcome: 'accepted', account };
}

/** Whatever keeps the database from answering is `unavailable` to a login; only a stopped login stays `aborted`. */
function cannotTell(thrown: unknown): WherryError {
  const error = toWherryError(thrown, 'check the password');
  if (error.code === 'unavailable' || error.code === 'aborted') return error;
  return new WherryError('unavailable', error.message, { cause: thrown });
}
