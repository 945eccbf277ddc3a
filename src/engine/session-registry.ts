import type { Session } from './session.ts';

/** How many sessions there may be; 0 means any number. */
export interface SessionLimits {
  readonly total: number;
  readonly perAddress: number;
}

/** Defaults that one machine serves well and one address cannot fill. */
export const defaultSessionLimits: SessionLimits = Object.freeze({ total: 10_000, perAddress: 0 });

/** The sessions of all protocols that are open now. */
export class SessionRegistry {
  readonly #sessions = new Map<string, Session>();
  readonly #byAddress = new Map<string, number>();
  readonly #limits: SessionLimits;
  #emptied: (() => void)[] = [];

  constructor(limits: SessionLimits = defaultSessionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Why one more session from this address would be too many, in words for the peer; null when it may come. */
  refusal(remoteAddress: string): string | null {
    const { total, perAddress } = this.#limits;
    if (total > 0 && this.#sessions.size >= total) return 'Too many connections, try again later';
    if (perAddress > 0 && (this.#byAddress.get(remoteAddress) ?? 0) >= perAddress) {
      return 'Too many connections from your address';
    }
    return null;
  }

  add(session: Session): void {
    const address = session.endpoint.remoteAddress;
    this.#sessions.set(session.id, session);
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
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
    if (session.events.wants('session-closed')) {
      const durationMs = Date.now() - session.openedAt;
      session.events.emit({ event: 'session-closed', ...session.facts(), reason, durationMs });
    }
    if (this.#sessions.size === 0) {
      const waiting = this.#emptied;
      this.#emptied = [];
      for (const resolve of waiting) resolve();
    }
  }

  list(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  find(id: string): Session | null {
    return this.#sessions.get(id) ?? null;
  }

  /** Settles when no session is left. */
  async whenEmpty(): Promise<void> {
    if (this.#sessions.size === 0) return;
    await new Promise<void>((resolve) => this.#emptied.push(resolve));
  }
}
