import { setTimeout as delay } from 'node:timers/promises';
import { compileNetworks, isNetwork } from '#accounts/settings/networks.ts';
import type { Account } from '#core/account.ts';
import { typedAnswer, type Accounts, type Credential, type LoginOutcome } from '#core/authentication.ts';
import { Secret } from '#core/secret.ts';
import type { PendingLogin } from '#engine/login-defence.ts';
import type { EntryRefusal, Session } from '#engine/session.ts';
import type { KeyCredential } from '#protocols/ssh/authentication/credentials.ts';
import type {
  SshAuthenticator,
  SshLoginAttempt,
  SshLoginOutcome,
} from '#protocols/ssh/server/server-options.ts';
import { methodsFor, toCredential } from './credentials.ts';

/** What the logins of one connection need. */
export interface SshLoginContext {
  readonly accounts: Accounts;
  readonly session: Session;
  readonly attempts: PendingLogin;
  /** Shortest time before a failed login is answered, in milliseconds; doubles with each on the same connection. */
  readonly failedLoginMs: number;
  /** Ends the connection of somebody whose proof was right and who may still not come in. */
  readonly onTurnedAway: (refusal: EntryRefusal) => void;
  /** Ends the connection, after as many failures as the defence allows one. */
  readonly onTooMany: () => void;
}

/**
 * Puts the logins of an SSH connection to the accounts, slows down guessing and tells the log, by the same rules as
 * FTP does. The methods that are announced are the same for every user name.
 */
export class SshLogin implements SshAuthenticator<Account> {
  readonly methods = ['publickey', 'password', 'keyboard-interactive'] as const;
  readonly interactive = 'password';
  readonly #context: SshLoginContext;
  #failures = 0;
  /** What was accepted before in this login, and what is demanded besides. */
  #accepted: Credential[] = [];
  #wanted: readonly Credential['kind'][] = [];

  constructor(context: SshLoginContext) {
    this.#context = context;
  }

  async authenticate(attempt: SshLoginAttempt, signal: AbortSignal): Promise<SshLoginOutcome<Account>> {
    const { user } = attempt;
    if (attempt.previous.length === 0) {
      this.#accepted = [];
      this.#wanted = [];
    }
    const given = toCredential(attempt.credential);
    if (given === null) {
      return this.#refuse({ user, method: attempt.credential.kind, reason: 'this is not offered' }, signal);
    }
    const credential = given.kind === 'password' ? typedAnswer(given.password, this.#wanted) : given;
    const outcome = await this.#ask({ user, credential, previous: [...this.#accepted] }, signal);
    const method = credential.kind;
    if (outcome.outcome === 'refused') return this.#refuse({ user, method, reason: outcome.reason }, signal);
    if (outcome.outcome === 'accepted') return this.#accept(outcome.account, method, signal);
    const methods = methodsFor(outcome.wanted);
    if (methods.length > 0) {
      this.#accepted.push(credential);
      this.#wanted = outcome.wanted;
      const isCode = typedAnswer(new Secret(''), outcome.wanted).kind === 'one-time-code';
      return { outcome: 'more', methods, ...(isCode ? { question: 'One-time code: ' } : {}) };
    }
    return this.#refuse({ user, method, reason: 'more is demanded than SSH can ask for' }, signal);
  }

  /**
   * Whether a signature by this key is worth asking for: clients offer all their keys, and each that is refused here
   * is no failed login. Nothing else comes of the accounts' answer.
   */
  async acceptsKey(user: string, key: KeyCredential, signal: AbortSignal): Promise<boolean> {
    const credential = toCredential(key);
    if (credential === null) return false;
    try {
      return (await this.#ask({ user, credential, previous: [] }, signal)).outcome !== 'refused';
    } catch {
      return false;
    }
  }

  /** A list of networks in CIDR form, as ssh-keygen(1) allows for `source-address`; one it cannot hold is none. */
  isPeerIn(networks: string): boolean {
    const rows = networks.split(',').map((row) => row.trim());
    if (!rows.every(isNetwork)) return false;
    return compileNetworks(rows)(this.#context.session.endpoint.remoteAddress);
  }

  async #ask(
    attempt: {
      readonly user: string;
      readonly credential: Credential;
      readonly previous: readonly Credential[];
    },
    signal: AbortSignal,
  ): Promise<LoginOutcome> {
    const { accounts, session } = this.#context;
    const { protocol, endpoint } = session;
    const { remoteAddress } = endpoint;
    return accounts.authenticate({ ...attempt, protocol, remoteAddress, secure: true, host: null }, signal);
  }

  async #accept(account: Account, method: string, signal: AbortSignal): Promise<SshLoginOutcome<Account>> {
    const { session, attempts, onTurnedAway } = this.#context;
    const refusal = signal.aborted ? null : await session.enter(account);
    if (signal.aborted) return { outcome: 'refused', reason: 'the client has left' };
    if (refusal !== null) {
      const { reason } = refusal;
      if (session.events.wants('login-refused')) {
        const { name: user } = account;
        session.events.emit({ event: 'login-refused', ...session.facts(), user, method, reason });
      }
      onTurnedAway(refusal);
      return { outcome: 'refused', reason };
    }
    attempts.succeeded(account.name);
    if (session.events.wants('login-accepted')) {
      session.events.emit({ event: 'login-accepted', ...session.facts(), method });
    }
    return { outcome: 'accepted', identity: account };
  }

  async #refuse(
    refusal: { readonly user: string; readonly method: string; readonly reason: string },
    signal: AbortSignal,
  ): Promise<SshLoginOutcome<Account>> {
    const { session, attempts, failedLoginMs, onTooMany } = this.#context;
    if (session.events.wants('login-refused')) {
      session.events.emit({ event: 'login-refused', ...session.facts(), ...refusal });
    }
    const verdict = attempts.failed(refusal.user);
    const delayMs = Math.max(verdict.delayMs, failedLoginMs * 2 ** this.#failures);
    this.#failures += 1;
    await delay(delayMs, undefined, { signal }).catch(() => undefined);
    if (verdict.close) onTooMany();
    return { outcome: 'refused', reason: refusal.reason };
  }
}
