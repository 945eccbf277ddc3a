import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Session } from '#engine/session.ts';
import { bearerOf } from './page/shares/share-session.ts';

/** A login of the page: a session of the server like any other, found by a cookie. */
export interface WebSession {
  readonly session: Session;
  /** Goes with every request that changes something; another site cannot know it. */
  readonly csrfToken: string;
  /** When it ends without a further request, in milliseconds since 1970 in UTC. */
  readonly expiresAt: number;
}

export interface WebSessionsOptions {
  /** How long a login lasts without a request. */
  readonly lifetimeMs: number;
  /** Ends the session of the server. */
  readonly onEnd: (session: Session, reason: string) => void;
}

interface Row {
  readonly key: string;
  readonly session: Session;
  readonly csrfToken: string;
  expiresAt: number;
}

/** A kibibyte each; more people than this do not sit at one server's pages. */
const maximumSessions = 10_000;
/** Open browsers of one account, or of one link; the one that was used longest ago goes first. */
const maximumPerAccount = 64;
const tokenOctets = 32;
const checkMs = 60_000;

/** The logins of the page. Cookies are kept as hashes only, so that no dump of the memory's neighbour lends one. */
export class WebSessions {
  readonly #options: WebSessionsOptions;
  /** In the order of the last use. */
  readonly #rows = new Map<string, Row>();
  readonly #timer: NodeJS.Timeout;
  readonly #forgotten = new Set<(session: Session) => void>();

  constructor(options: WebSessionsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#endExpired(), checkMs).unref();
  }

  /** Opens a login. @returns the value of the cookie */
  open(session: Session): { readonly cookie: string; readonly web: WebSession } {
    this.#makeRoom(bearerOf(session));
    const cookie = randomBytes(tokenOctets).toString('base64url');
    const row: Row = {
      key: keyOf(cookie),
      session,
      csrfToken: randomBytes(tokenOctets).toString('base64url'),
      expiresAt: Date.now() + this.#options.lifetimeMs,
    };
    this.#rows.set(row.key, row);
    return { cookie, web: row };
  }

  /** The login of a cookie, used now; null for none. */
  find(cookie: string | undefined): WebSession | null {
    if (cookie === undefined) return null;
    const key = keyOf(cookie);
    const row = this.#rows.get(key);
    if (row === undefined) return null;
    if (row.expiresAt <= Date.now()) {
      this.#end(row, 'The login has ended');
      return null;
    }
    row.expiresAt = Date.now() + this.#options.lifetimeMs;
    this.#rows.delete(key);
    this.#rows.set(key, row);
    row.session.touch();
    return row;
  }

  /** Ends a login, as by logging out. */
  close(cookie: string | undefined, reason: string): void {
    const row = cookie === undefined ? undefined : this.#rows.get(keyOf(cookie));
    if (row !== undefined) this.#end(row, reason);
  }

  /** Hears of sessions that were ended from outside, until stopped: what goes on in their name is to end with them. */
  onForgotten(listener: (session: Session) => void): () => void {
    this.#forgotten.add(listener);
    return () => this.#forgotten.delete(listener);
  }

  /** Forgets the login of a session that was ended from outside. */
  forget(session: Session): void {
    for (const listener of this.#forgotten) listener(session);
    for (const row of this.#rows.values()) if (row.session === session) this.#rows.delete(row.key);
  }

  /** Ends all. */
  closeAll(reason: string): void {
    clearInterval(this.#timer);
    for (const row of this.#rows.values()) this.#end(row, reason);
  }

  #end(row: Row, reason: string): void {
    this.#rows.delete(row.key);
    this.#options.onEnd(row.session, reason);
  }

  #endExpired(): void {
    const now = Date.now();
    for (const row of this.#rows.values()) if (row.expiresAt <= now) this.#end(row, 'The login has ended');
  }

  #makeRoom(bearer: string): void {
    const own = [...this.#rows.values()].filter(({ session }) => bearerOf(session) === bearer);
    const [oldest] = own;
    if (own.length >= maximumPerAccount && oldest !== undefined)
      this.#end(oldest, 'Another browser has logged in');
    const [first] = this.#rows.values();
    if (this.#rows.size >= maximumSessions && first !== undefined) this.#end(first, 'Too many browsers');
  }
}

/** Whether two tokens are the same, in a time that tells nothing. */
export function isSameToken(left: string, right: string): boolean {
  return timingSafeEqual(
    createHash('sha256').update(left).digest(),
    createHash('sha256').update(right).digest(),
  );
}

function keyOf(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64url');
}
