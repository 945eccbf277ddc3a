import type { Account } from '#core/account.ts';
import type { SpeedLimits } from '#core/limits.ts';
import { AccountShare } from './account-share.ts';
import { SpeedPair } from './limits/speed.ts';
import { noControls, type SessionControls } from './session-controls.ts';
import type { Session } from './session.ts';

/** How many sessions there may be; 0 means any number. */
export interface SessionLimits {
  readonly total: number;
  readonly perAddress: number;
}

/** Defaults that one machine serves well and one address cannot fill. */
export const defaultSessionLimits: SessionLimits = Object.freeze({ total: 10_000, perAddress: 0 });

/** Time-outs of accounts are minutes: nobody counts on the second. */
const timeoutCheckMs = 1000;

/** The sessions of all protocols that are open now, and what holds for them. */
export class SessionRegistry {
  readonly controls: SessionControls;
  /** The speed of the whole server. */
  readonly speed = new SpeedPair();
  readonly #sessions = new Map<string, Session>();
  readonly #byAddress = new Map<string, number>();
  readonly #byAccount = new Map<string, AccountShare>();
  #limits: SessionLimits;
  #emptied: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: SessionLimits = defaultSessionLimits, controls: Partial<SessionControls> = {}) {
    this.#limits = limits;
    this.controls = { ...noControls, ...controls };
    this.speed.set(this.controls.speed);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Whether there are as many sessions as there may be. */
  get full(): boolean {
    return this.#limits.total > 0 && this.#sessions.size >= this.#limits.total;
  }

  /** How many sessions there may be, for those that come from now on. */
  set limits(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** Sets the speed of the whole server; running transfers notice with their next piece. */
  limitSpeed(limits: SpeedLimits | null): void {
    this.speed.set(limits);
    for (const session of this.#sessions.values()) session.refreshFlows();
  }

  /** Why one more session from this address would be too many, in words for the peer; null when it may come. */
  refusal(remoteAddress: string): string | null {
    const kept = this.controls.gate?.refusal(remoteAddress) ?? null;
    if (kept !== null) return kept;
    const { perAddress } = this.#limits;
    if (this.full) return 'Too many connections, try again later';
    if (perAddress > 0 && (this.#byAddress.get(remoteAddress) ?? 0) >= perAddress) {
      return 'Too many connections from your address';
    }
    return null;
  }

  /** Why one more session of this account would be too many, in words for the peer; null when it may be. */
  refusalOf({ name, limits }: Account, remoteAddress: string): string | null {
    if (limits === undefined) return null;
    const { sessions, sessionsPerAddress } = limits;
    const open = this.#byAccount.get(name)?.sessions ?? new Set<Session>();
    if (sessions !== null && open.size >= sessions) {
      return 'This account has as many connections as it may have, close one first';
    }
    if (sessionsPerAddress === null) return null;
    let fromThere = 0;
    for (const { endpoint } of open) if (endpoint.remoteAddress === remoteAddress) fromThere += 1;
    if (fromThere < sessionsPerAddress) return null;
    return 'This account has as many connections from your address as it may have, close one first';
  }

  add(session: Session): void {
    const address = session.endpoint.remoteAddress;
    this.#sessions.set(session.id, session);
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    session.attach(this);
    this.#timer ??= setInterval(() => this.#checkTimeouts(), timeoutCheckMs).unref();
    if (session.events.wants('session-opened')) {
      session.events.emit({ event: 'session-opened', ...session.facts() });
    }
  }

  remove(session: Session, reason: string): void {
    if (!this.#sessions.delete(session.id)) return;
    const address = session.endpoint.remoteAddress;
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, left);
    session.end();
    if (session.account !== null) this.leave(session, session.account.name);
    if (session.events.wants('session-closed')) {
      const durationMs = Date.now() - session.openedAt;
      session.events.emit({ event: 'session-closed', ...session.facts(), reason, durationMs });
    }
    if (this.#sessions.size === 0) this.#settleEmpty();
  }

  /** Counts a session as one of its account's. */
  join(session: Session, account: Account): AccountShare {
    let share = this.#byAccount.get(account.name);
    if (share === undefined) {
      share = new AccountShare(this.controls.usage);
      this.#byAccount.set(account.name, share);
    }
    share.sessions.add(session);
    share.update(account);
    return share;
  }

  /** Counts a session as its account's no longer. */
  leave(session: Session, account: string): void {
    const share = this.#byAccount.get(account);
    if (share?.sessions.delete(session) !== true || share.sessions.size > 0) return;
    this.#byAccount.delete(account);
    share.close();
  }

  list(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  find(id: string): Session | null {
    return this.#sessions.get(id) ?? null;
  }

  /** The sessions of an account. */
  sessionsOf(account: string): readonly Session[] {
    return [...(this.#byAccount.get(account)?.sessions ?? [])];
  }

  /** Lets the running sessions of an account go on with what holds for it now, or ends them when it is gone (null). */
  accountChanged(name: string, account: Account | null): void {
    for (const session of this.sessionsOf(name)) {
      if (account === null) session.kick('The account was removed or disabled');
      else session.update(account);
    }
  }

  /** Settles when no session is left. */
  async whenEmpty(): Promise<void> {
    if (this.#sessions.size === 0) return;
    await new Promise<void>((resolve) => this.#emptied.push(resolve));
  }

  #checkTimeouts(): void {
    const nowMs = performance.now();
    for (const session of this.#sessions.values()) {
      const expiry = session.expiry(nowMs);
      if (expiry !== null) session.kick(expiry);
    }
  }

  #settleEmpty(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const waiting = this.#emptied;
    this.#emptied = [];
    for (const resolve of waiting) resolve();
  }
}
