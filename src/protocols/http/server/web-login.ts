import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '#core/account.ts';
import type { Credential, LoginOutcome } from '#core/authentication.ts';
import { WherryError } from '#core/errors.ts';
import { Session, type Endpoint } from '#engine/session.ts';
import type { PendingLogin } from '#engine/login-defence.ts';
import { admit } from './admission.ts';
import type { LoginServices } from './services.ts';

/** Where a login of the page comes from. */
export interface LoginSource {
  readonly endpoint: Endpoint;
  readonly secure: boolean;
  readonly tlsVersion: string | null;
  readonly host: string | null;
}

/** What came of a step of a login. */
export type LoginStep =
  | { readonly outcome: 'done'; readonly session: Session }
  /** A one-time code is asked for; `challenge` goes with it. */
  | { readonly outcome: 'code'; readonly challenge: string };

interface Challenge {
  readonly user: string;
  readonly previous: readonly Credential[];
  readonly remoteAddress: string;
  readonly endsAt: number;
}

/** Time to take a telephone out and type a code. */
const challengeMs = 300_000;
const maximumChallenges = 1000;
const shortestDelayMs = 300;

/** Logs people in to the page, by the same accounts, defence and events as every other protocol. */
export class WebLogin {
  readonly #services: LoginServices;
  readonly #onEnd: (session: Session, reason: string) => void;
  readonly #challenges = new Map<string, Challenge>();

  /** @param onEnd a session was kicked, and must take no further request */
  constructor(services: LoginServices, onEnd: (session: Session, reason: string) => void) {
    this.#services = services;
    this.#onEnd = onEnd;
  }

  /** @throws WherryError `login-refused`, `too-many`, `permission` */
  async byPassword(
    user: string,
    credential: Credential,
    source: LoginSource,
    signal: AbortSignal,
  ): Promise<LoginStep> {
    return this.#attempt({ user, credential, previous: [] }, source, signal);
  }

  /** By a passkey whose assertion was found good. @throws WherryError as {@link byPassword} */
  async byPasskey(user: string, id: string, source: LoginSource, signal: AbortSignal): Promise<LoginStep> {
    const credential = { kind: 'passkey', id } as const;
    return this.#attempt({ user, credential, previous: [] }, source, signal);
  }

  /** The second step. A challenge serves once. @throws WherryError as {@link byPassword} */
  async byCode(
    challenge: string,
    credential: Credential,
    source: LoginSource,
    signal: AbortSignal,
  ): Promise<LoginStep> {
    const known = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    const isGood =
      known !== undefined &&
      known.endsAt > Date.now() &&
      known.remoteAddress === source.endpoint.remoteAddress;
    if (!isGood) throw new WherryError('login-refused', 'This login took too long; begin again');
    return this.#attempt({ user: known.user, credential, previous: known.previous }, source, signal);
  }

  async #attempt(
    attempt: {
      readonly user: string;
      readonly credential: Credential;
      readonly previous: readonly Credential[];
    },
    source: LoginSource,
    signal: AbortSignal,
  ): Promise<LoginStep> {
    const { accounts, events } = this.#services;
    const { remoteAddress } = source.endpoint;
    const reason = 'Too many failed or unfinished logins from your network, try again later';
    const pending = admit(this.#services, remoteAddress, reason);
    const session = new Session({
      protocol: 'http',
      endpoint: source.endpoint,
      events,
      end: (reason) => this.#onEnd(session, reason),
    });
    session.security = source.tlsVersion;
    try {
      const { secure, tlsVersion, host } = source;
      const where = { protocol: 'http', remoteAddress, secure, tlsVersion, host };
      const outcome = await accounts.authenticate({ ...attempt, ...where }, signal);
      return await this.#settle({ outcome, attempt, session, pending });
    } finally {
      pending.end();
    }
  }

  async #settle(login: {
    readonly outcome: LoginOutcome;
    readonly attempt: {
      readonly user: string;
      readonly credential: Credential;
      readonly previous: readonly Credential[];
    };
    readonly session: Session;
    readonly pending: PendingLogin;
  }): Promise<LoginStep> {
    const { outcome, attempt, session, pending } = login;
    const { user, credential } = attempt;
    if (outcome.outcome === 'accepted')
      return this.#enter(outcome.account, credential.kind, session, pending);
    if (outcome.outcome === 'more' && outcome.wanted.includes('one-time-code')) {
      return { outcome: 'code', challenge: this.#challenge(attempt, session.endpoint.remoteAddress) };
    }
    const reason =
      outcome.outcome === 'refused' ? outcome.reason : 'more is demanded than the page can ask for';
    session.events.emit({
      event: 'login-refused',
      ...session.facts(),
      user,
      method: credential.kind,
      reason,
    });
    const { delayMs } = pending.failed(user);
    await delay(Math.max(delayMs, shortestDelayMs));
    throw new WherryError('login-refused', 'Name or password is wrong, or this account may not log in here');
  }

  async #enter(
    account: Account,
    method: string,
    session: Session,
    pending: PendingLogin,
  ): Promise<LoginStep> {
    const { sessions, events } = this.#services;
    sessions.add(session);
    const refusal = await session.enter(account);
    if (refusal !== null) {
      const { reason } = refusal;
      events.emit({ event: 'login-refused', ...session.facts(), user: account.name, method, reason });
      sessions.remove(session, reason);
      throw new WherryError(refusal.code, reason);
    }
    pending.succeeded(account.name);
    events.emit({ event: 'login-accepted', ...session.facts(), method });
    return { outcome: 'done', session };
  }

  #challenge(
    {
      user,
      credential,
      previous,
    }: Pick<Challenge, 'user' | 'previous'> & { readonly credential: Credential },
    remoteAddress: string,
  ): string {
    const now = Date.now();
    for (const [id, { endsAt }] of this.#challenges) {
      if (endsAt > now && this.#challenges.size < maximumChallenges) break;
      this.#challenges.delete(id);
    }
    const id = randomBytes(24).toString('base64url');
    this.#challenges.set(id, {
      user,
      previous: [...previous, credential],
      remoteAddress,
      endsAt: now + challengeMs,
    });
    return id;
  }
}
