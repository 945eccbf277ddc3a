import type { ExclusiveControl } from '../ftp-connection.ts';
import type { Role } from './fxp-options.ts';

/** What STAT says of a running transfer, by program; only those that answer it while they transfer. */
const statements: Readonly<Record<string, Readonly<Record<Role, RegExp>>>> = {
  wherry: {
    source: /: (\d{1,15})(?: of \d+)? bytes so far/,
    target: /: (\d{1,15})(?: of \d+)? bytes so far/,
  },
  pyftpdlib: { source: /Total bytes sent: (\d{1,15})/, target: /Total bytes received: (\d{1,15})/ },
};

export interface StatusOptions {
  /** How often a server is asked, in milliseconds. */
  readonly pollMs: number;
  /** Octets that have passed so far in this transfer. */
  readonly onMoved: (total: number) => void;
  /** Nothing has moved for so long that nothing will. */
  readonly onStalled: () => void;
}

/**
 * Asks one of the two servers how far the transfer is, while it runs: the one that receives before the one that
 * sends. A server that cannot tell hears NOOP now and then, so that nothing on the way forgets its connection.
 */
export class TransferStatus {
  readonly #controls: Readonly<Record<Role, ExclusiveControl>>;
  readonly #options: StatusOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #told: Role | null;
  #moved = 0;
  #movedAtMs = performance.now();

  constructor(controls: Readonly<Record<Role, ExclusiveControl>>, options: StatusOptions) {
    this.#controls = controls;
    this.#options = options;
    this.#told = (['target', 'source'] as const).find((role) => this.#pattern(role) !== null) ?? null;
  }

  /** Begins to ask. */
  start(): void {
    this.#movedAtMs = performance.now();
    for (const role of ['source', 'target'] as const) {
      const { link, times, profile } = this.#controls[role].session;
      if (role === this.#told) {
        this.#every(this.#options.pollMs, () =>
          link.sendKeepAlive('STAT', (reply) => this.#take(role, reply.lines.join(' '))),
        );
      } else if (times.keepAliveMs > 0 && profile.keepsAlive) {
        this.#every(times.keepAliveMs, () => link.sendKeepAlive());
      }
    }
  }

  /** Asks no more. Safe to call twice. */
  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  #every(intervalMs: number, ask: () => void): void {
    this.#timers.push(setInterval(ask, intervalMs).unref());
  }

  #pattern(role: Role): RegExp | null {
    const { software } = this.#controls[role].session.profile;
    return software !== null && Object.hasOwn(statements, software)
      ? (statements[software]?.[role] ?? null)
      : null;
  }

  #take(role: Role, text: string): void {
    const match = this.#pattern(role)?.exec(text);
    // Between the end of a transfer and its final reply there is nothing to tell.
    if (match === null || match === undefined || this.#timers.length === 0) return;
    const total = Number(match[1]);
    const now = performance.now();
    if (total > this.#moved) {
      this.#moved = total;
      this.#movedAtMs = now;
      this.#options.onMoved(total);
    } else if (now - this.#movedAtMs > this.#controls[role].session.times.stallMs) {
      this.#options.onStalled();
    }
  }
}
