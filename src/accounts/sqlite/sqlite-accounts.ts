import { isDeepStrictEqual } from 'node:util';
import type { Account } from '#core/account.ts';
import type { Accounts, Credential, LoginAttempt, LoginOutcome } from '#core/authentication.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import { sourceNetwork } from '#core/source-network.ts';
import { lookupAccountName } from '../account-name.ts';
import { hashPassword, unmatchableHash } from '../argon2/argon2id.ts';
import type { HashQueueLimits } from '../argon2/hash-queue.ts';
import { HashQueue } from '../argon2/hash-queue.ts';
import { fingerprintsOf, proveKey } from '../login/key-proof.ts';
import { planLogin, type LoginPlan, type PlanOptions } from '../login/login-plan.ts';
import { methodSets, methodsGiven, progressOf } from '../login/method-sets.ts';
import { PlanCache } from '../login/plan-cache.ts';
import { codeDigits } from '../one-time-code.ts';
import { maximumPasswordBytes, passwordBytes } from '../password-bytes.ts';
import { needsRenewal, verifyStored } from '../password-hash.ts';
import { refusals, refuse } from '../refusal.ts';
import type { LoginMethod } from '../settings/settings.ts';
import type { VerificationCacheLimits } from '../verification-cache.ts';
import { VerificationCache } from '../verification-cache.ts';
import type { AccountDatabase } from './account-database.ts';
import { AccountWatch, type WatchListener } from './account-watch.ts';
import type { StoredAccount } from './login-store.ts';

export interface SqliteAccountsOptions extends PlanOptions {
  readonly cache?: VerificationCacheLimits | undefined;
  readonly queue?: HashQueueLimits | undefined;
  /** The clock, in milliseconds since 1970; the system's by default, as far as it can be right. */
  readonly now?: (() => number) | undefined;
}

/**
 * Logs in the accounts of a database by passwords, SSH keys and certificates, TLS client certificates, one-time codes
 * and accounting information. Unknown users cost the same as wrong proofs: one argon2id verification for a password,
 * the same look-ups for a key. A password that was verified lately is answered at once. `fileSystemFor` is asked for
 * each account that has not logged in lately; whoever makes the file system closes it. `close` closes the database.
 */
export function sqliteAccounts(database: AccountDatabase, options: SqliteAccountsOptions): Accounts {
  return new SqliteAccounts(database, options);
}

interface Login {
  readonly attempt: LoginAttempt;
  readonly name: string | null;
  readonly signal: AbortSignal;
}

/** What a proof comes to. */
type Verdict =
  | { readonly right: false; readonly reason: string }
  | {
      readonly right: true;
      readonly methods: readonly LoginMethod[];
      /** A one-time code that stands or falls with it. */
      readonly code?: string;
      readonly noForwarding?: boolean;
      /** The password that was verified, to be remembered with its hash. */
      readonly verified?: { readonly password: Buffer; readonly passwordHash: string };
    };

type Verifier = (stored: StoredAccount | null) => Promise<Verdict>;

class SqliteAccounts implements Accounts {
  readonly #database: AccountDatabase;
  readonly #options: SqliteAccountsOptions;
  readonly #verified: VerificationCache<true>;
  readonly #plans = new PlanCache();
  readonly #queue: HashQueue;
  readonly #nobody: string;
  readonly #now: () => number;
  readonly #watch: AccountWatch;
  readonly #stopListening: () => void;
  #foreignVersion: unknown;
  /** Counts changes, so that a login notices one that came while its proof was being verified. */
  #changes = 0;

  constructor(database: AccountDatabase, options: SqliteAccountsOptions) {
    this.#database = database;
    this.#options = options;
    this.#verified = new VerificationCache(options.cache);
    this.#queue = new HashQueue(options.queue);
    this.#nobody = unmatchableHash(database.cost);
    this.#now = options.now ?? (() => knownTime.forExpiry());
    this.#watch = new AccountWatch({
      load: async (name) => this.#load(name),
      now: this.#now,
      poll: () => this.#noticeForeignChanges(),
    });
    this.#foreignVersion = database.foreignVersion();
    this.#stopListening = database.onChange((name) => this.#onChange(name));
  }

  authenticate(attempt: LoginAttempt, signal: AbortSignal): Awaitable<LoginOutcome> {
    const login: Login = { attempt, name: lookupAccountName(attempt.user), signal };
    this.#noticeForeignChanges();
    const { credential } = attempt;
    switch (credential.kind) {
      case 'password':
        return this.#byPassword(login, passwordBytes(credential.password));
      case 'one-time-code':
        return this.#byCode(login, credential.code.reveal());
      case 'account':
        return this.#byInformation(login, passwordBytes(credential.information));
      case 'public-key':
        return this.#byKey(login, credential);
      case 'certificate':
        return this.#byCertificate(login, credential);
      case 'passkey':
        return this.#byPasskey(login, credential.id);
      default:
        return refuse(refusals.unsupportedCredential);
    }
  }

  async lookup(name: string): Promise<Account | null> {
    const plan = await this.#load(lookupAccountName(name) ?? '');
    const { expiresAt = null } = plan?.effective.settings ?? {};
    if (plan === null || (expiresAt !== null && this.#now() >= expiresAt)) return null;
    this.#watch.handOut(plan);
    return plan.account;
  }

  watch(listener: WatchListener): () => void {
    return this.#watch.add(listener);
  }

  close(): void {
    this.#stopListening();
    this.#watch.close();
    this.#verified.clear();
    this.#plans.clear();
    this.#database.close();
  }

  #byPassword(login: Login, password: Buffer): Awaitable<LoginOutcome> {
    if (password.length > maximumPasswordBytes) return refuse(refusals.passwordTooLong);
    if (methodsGiven(login.attempt.previous).has('password')) {
      return this.#byCode(login, password.toString('latin1'));
    }
    const appended = cutCode(password);
    const { name } = login;
    const plan = name === null ? null : this.#plans.find(name);
    // Both are worked out for everybody, so that the time tells nothing of who has logged in lately.
    const known = this.#recall(login, password);
    const knownBefore = appended !== null && this.#recall(login, appended.password);
    if (known) {
      if (plan !== null) return this.#conclude(login, plan, byPassword);
      return this.#decide(login, () => Promise.resolve(byPassword));
    }
    if (knownBefore && plan !== null && plan.stored.codeSecret !== null) {
      return this.#conclude(login, plan, withCode(appended.code));
    }
    return this.#queued(login, async (stored) => this.#verifyPassword(password, stored));
  }

  #recall({ name }: Login, password: Buffer): boolean {
    return this.#verified.recall(name ?? '', password) === true;
  }

  async #verifyPassword(password: Buffer, stored: StoredAccount | null): Promise<Verdict> {
    const hash = stored?.passwordHash ?? this.#nobody;
    const appended = cutCode(password);
    const right = await verifyStored(password, hash);
    // Tried for every account and for none at all: the price must not tell who makes one-time codes.
    const rightBefore = !right && appended !== null && (await verifyStored(appended.password, hash));
    if (stored === null) return { right: false, reason: refusals.unknownUser };
    if (stored.passwordHash === null) return { right: false, reason: refusals.noPassword };
    const isCoded = rightBefore && stored.codeSecret !== null;
    if (!right && !isCoded) return { right: false, reason: refusals.wrongPassword };
    const plain = isCoded ? appended.password : password;
    const verdict = isCoded ? withCode(appended.code) : byPassword;
    return { ...verdict, verified: { password: plain, passwordHash: hash } };
  }

  /** Makes the hash anew where it is due, and believes the password for a while when nothing has changed meanwhile. */
  async #remember(
    user: string,
    { password, passwordHash: from }: { readonly password: Buffer; readonly passwordHash: string },
    changes: number,
  ): Promise<void> {
    const passwordHash = await this.#renewHash(user, password, from);
    this.#noticeForeignChanges();
    if (this.#changes === changes) this.#verified.remember({ user, password, passwordHash }, true);
  }

  async #renewHash(name: string, password: Buffer, from: string): Promise<string> {
    if (!needsRenewal(from, this.#database.cost)) return from;
    const to = await hashPassword(password, this.#database.cost);
    await this.#database.logins.replaceHash(name, { from, to });
    return to;
  }

  async #byCode(login: Login, code: string): Promise<LoginOutcome> {
    return this.#decide(login, (stored) =>
      Promise.resolve(
        stored === null
          ? { right: false, reason: refusals.unknownUser }
          : { right: true, methods: ['one-time-code'], code },
      ),
    );
  }

  async #byInformation(login: Login, information: Buffer): Promise<LoginOutcome> {
    if (information.length > maximumPasswordBytes) return refuse(refusals.passwordTooLong);
    return this.#queued(login, async (stored) => {
      const right = await verifyStored(information, stored?.informationHash ?? this.#nobody);
      if (stored === null) return { right: false, reason: refusals.unknownUser };
      return right ? { right, methods: ['account'] } : { right, reason: refusals.wrongInformation };
    });
  }

  async #byKey(login: Login, credential: Extract<Credential, { kind: 'public-key' }>): Promise<LoginOutcome> {
    return this.#decide(login, async (stored) => {
      const known = await this.#database.logins.findKeys(login.name ?? '', fingerprintsOf(credential));
      const account = stored?.record ?? null;
      const proof = proveKey(credential, known, { attempt: login.attempt, now: this.#now(), account });
      return proof.right ? { ...proof, methods: ['public-key'] } : proof;
    });
  }

  async #byCertificate(
    login: Login,
    credential: Extract<Credential, { kind: 'certificate' }>,
  ): Promise<LoginOutcome> {
    return this.#decide(login, async (stored) => {
      const known = await this.#database.logins.hasCertificate(login.name ?? '', {
        fingerprint: credential.fingerprintSha256,
        names: [...credential.commonNames, ...(credential.alternativeNames ?? [])],
      });
      if (stored === null) return { right: false, reason: refusals.unknownUser };
      return known
        ? { right: true, methods: ['certificate'] }
        : { right: false, reason: refusals.unknownCertificate };
    });
  }

  async #byPasskey(login: Login, id: string): Promise<LoginOutcome> {
    return this.#decide(login, async (stored) => {
      const known = await this.#database.passkeys.find(id);
      if (stored === null) return { right: false, reason: refusals.unknownUser };
      return known?.account === stored.record.name
        ? { right: true, methods: ['passkey'] }
        : { right: false, reason: refusals.unknownPasskey };
    });
  }

  /** Decides when the turn of the login has come: what it does is costly. */
  async #queued(login: Login, verify: Verifier): Promise<LoginOutcome> {
    const source = sourceNetwork(login.attempt.remoteAddress);
    try {
      return await this.#queue.run(source, login.signal, async () => this.#settle(login, verify));
    } catch (thrown) {
      throw cannotTell(thrown);
    }
  }

  async #decide(login: Login, verify: Verifier): Promise<LoginOutcome> {
    try {
      return await this.#settle(login, verify);
    } catch (thrown) {
      throw cannotTell(thrown);
    }
  }

  /**
   * Verifies a proof against what is stored. When the account was changed meanwhile, what was verified counts for
   * nothing and is done again; each round needs another change by an administrator, so it ends.
   */
  async #settle(login: Login, verify: Verifier): Promise<LoginOutcome> {
    for (;;) {
      const changes = this.#changes;
      const stored = await this.#database.logins.find(login.name ?? '');
      const verdict = await verify(stored);
      if (!verdict.right || stored === null) {
        return refuse(verdict.right ? refusals.unknownUser : verdict.reason);
      }
      if (!stored.record.enabled) return refuse(refusals.disabled);
      const plan = await this.#planFor(stored);
      if (typeof plan === 'string') return refuse(plan);
      this.#noticeForeignChanges();
      const same = this.#changes === changes;
      if (!same && !isDeepStrictEqual(await this.#database.logins.find(login.name ?? ''), stored)) continue;
      const { name } = stored.record;
      if (verdict.verified !== undefined) await this.#remember(name, verdict.verified, changes);
      if (this.#changes === changes) this.#plans.keep(name, plan);
      return this.#conclude(login, plan, verdict);
    }
  }

  /** The plan for an account that was read just now; in words, why there can be none. */
  async #planFor(stored: StoredAccount): Promise<LoginPlan | string> {
    const known = this.#plans.find(stored.record.name);
    if (known !== null && isDeepStrictEqual(known.stored, stored)) return known;
    try {
      return await planLogin(stored, this.#options);
    } catch (thrown) {
      const error = toWherryError(thrown, 'make the tree of the account');
      if (error.code !== 'invalid-argument' && error.code !== 'name-invalid') throw error;
      return error.message;
    }
  }

  #conclude(login: Login, plan: LoginPlan, verdict: Verdict & { right: true }): Awaitable<LoginOutcome> {
    const { attempt } = login;
    const { record, codeSecret, informationHash } = plan.stored;
    if (!record.enabled) return refuse(refusals.disabled);
    const objection = plan.objection(attempt, this.#now());
    if (objection !== null) return refuse(objection);
    const sets = methodSets(
      {
        loginMethods: plan.effective.settings.loginMethods,
        hasOneTimeCodes: codeSecret !== null,
        hasAccountInformation: informationHash !== null,
      },
      attempt.protocol,
    );
    const given = new Set([...methodsGiven(attempt.previous), ...verdict.methods]);
    const progress = progressOf(sets, given, verdict.methods);
    const finish = (): LoginOutcome => {
      if (progress.state === 'useless') return refuse(refusals.uselessMethod);
      if (progress.state === 'more') return { outcome: 'more', wanted: progress.wanted };
      const account = verdict.noForwarding === true ? plan.withoutTunnel : plan.account;
      this.#watch.handOut(plan);
      return { outcome: 'accepted', account };
    };
    const { code } = verdict;
    if (code === undefined || progress.state === 'useless') return finish();
    return this.#database.logins
      .useCode(record.name, code, this.#now())
      .then((used) => (used ? finish() : refuse(refusals.wrongCode)));
  }

  #onChange(name: string | null): void {
    this.#changes += 1;
    if (name === null) {
      this.#verified.clear();
      this.#plans.clear();
    } else {
      this.#verified.forget(name);
      this.#plans.forget(name);
    }
    this.#watch.changed(name);
  }

  async #load(name: string): Promise<LoginPlan | null> {
    const stored = await this.#database.logins.find(name);
    if (stored === null || !stored.record.enabled) return null;
    const plan = await this.#planFor(stored);
    return typeof plan === 'string' ? null : plan;
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
    this.#onChange(null);
  }
}

const byPassword: Verdict & { right: true } = { right: true, methods: ['password'] };

function withCode(code: string): Verdict & { right: true } {
  return { right: true, methods: ['password', 'one-time-code'], code };
}

/** A password with a code appended, for clients that cannot be asked for one; null when it does not end with digits. */
function cutCode(password: Buffer): { readonly password: Buffer; readonly code: string } | null {
  const code = password.subarray(-codeDigits).toString('latin1');
  if (password.length <= codeDigits || !/^\d+$/u.test(code)) return null;
  return { password: password.subarray(0, -codeDigits), code };
}

/** Whatever keeps the database from answering is `unavailable` to a login; only a stopped login stays `aborted`. */
function cannotTell(thrown: unknown): WherryError {
  const error = toWherryError(thrown, 'check the login');
  if (error.code === 'unavailable' || error.code === 'aborted') return error;
  return new WherryError('unavailable', error.message, { cause: thrown });
}
