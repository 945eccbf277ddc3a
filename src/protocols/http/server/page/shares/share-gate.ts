import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '#core/account.ts';
import { WherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import type { Secret } from '#core/secret.ts';
import { Session } from '#engine/session.ts';
import { admit } from '../../admission.ts';
import type { LoginServices } from '../../services.ts';
import type { LoginSource } from '../../web-login.ts';
import { ShareSession } from './share-session.ts';
import { isGood, type KeptShare, type ShareKeeper } from './share-keeper.ts';

export interface ShareGateOptions {
  readonly keeper: ShareKeeper;
  readonly login: LoginServices;
  /** A visit was ended from outside, and must take no further request. */
  readonly onEnd: (session: ShareSession, reason: string) => void;
}

/** How failed guesses at links are counted; it is no name that an account can have. */
const guesses = '(link)';
const shortestDelayMs = 300;

/** Lets visitors in by links, behind the same defence as logins: guesses are slowed down and lead to bans. */
export class ShareGates {
  readonly #options: ShareGateOptions;

  constructor(options: ShareGateOptions) {
    this.#options = options;
  }

  /** What a link is for, as its visitor is told. @throws WherryError `not-found`, `too-many` */
  async look(token: string, source: LoginSource): Promise<KeptShare> {
    return this.#admitted(source, async (failed) => (await this.#find(token, failed)).share);
  }

  /** Makes a visit. @throws WherryError `not-found`, `login-refused` for a wrong password, `too-many`, `permission` */
  async enter(token: string, password: Secret | null, source: LoginSource): Promise<ShareSession> {
    return this.#admitted(source, async (failed) => {
      const { share, owner } = await this.#find(token, failed);
      const { keeper, login } = this.#options;
      const isRight =
        !share.hasPassword || (password !== null && (await keeper.isPassword(share.id, password)));
      if (!isRight) {
        await failed('the password is wrong');
        throw new WherryError('login-refused', 'The password of this link is another one');
      }
      if (owner.requireTls && !source.secure)
        throw new WherryError(
          'permission',
          'This link is used over TLS only: begin the address with https://',
        );
      if (!keeper.use(share.id)) throw gone();
      const session: ShareSession = new ShareSession(share, {
        protocol: 'http',
        endpoint: source.endpoint,
        events: login.events,
        end: (reason) => this.#options.onEnd(session, reason),
      });
      session.security = source.tlsVersion;
      login.sessions.add(session);
      const refusal = await session.enter(owner);
      if (refusal !== null) {
        login.sessions.remove(session, refusal.reason);
        throw new WherryError(refusal.code, refusal.reason);
      }
      login.events.emit({ event: 'login-accepted', ...session.facts(), method: `link ${share.id}` });
      return session;
    });
  }

  /** Ends the visits that came by a link. */
  endVisits({ id, account }: Pick<KeptShare, 'id' | 'account'>): void {
    for (const session of this.#options.login.sessions.sessionsOf(account))
      if (session instanceof ShareSession && session.share.id === id) session.kick('The link was removed');
  }

  async #find(
    token: string,
    failed: (reason: string) => Promise<void>,
  ): Promise<{ readonly share: KeptShare; readonly owner: Account }> {
    const { keeper, login } = this.#options;
    const share = keeper.findByToken(token);
    const isThere = share !== null && isGood(share, knownTime.forExpiry());
    const owner = isThere ? ((await login.accounts.lookup?.(share.account)) ?? null) : null;
    if (share !== null && owner !== null) return { share, owner };
    // Somebody may look at a link that has ended as often as they like.
    if (share === null) await failed('there is no such link');
    throw gone();
  }

  async #admitted<T>(
    source: LoginSource,
    run: (failed: (reason: string) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const { login } = this.#options;
    const { events } = login;
    const { endpoint } = source;
    const pending = admit(
      login,
      endpoint.remoteAddress,
      'Too many wrong links or passwords from your network, try again later',
    );
    try {
      return await run(async (reason) => {
        const facts = new Session({ protocol: 'http', endpoint, events, end: () => undefined }).facts();
        events.emit({ event: 'login-refused', ...facts, user: guesses, method: 'link', reason });
        const { delayMs } = pending.failed(guesses);
        await delay(Math.max(delayMs, shortestDelayMs));
      });
    } finally {
      pending.end();
    }
  }
}

/** The same for a link that never was, that is over, that was used up, and whose owner is gone. */
function gone(): WherryError {
  return new WherryError('not-found', 'This link leads nowhere: it was removed, has expired or was used up');
}
