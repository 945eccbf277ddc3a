import { sourceNetwork } from '#core/source-network.ts';
import { WherryError } from '#core/errors.ts';
import type { Offence } from '#engine/login-defence.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { BanList } from './ban-list.ts';

/** When a network that goes on offending is kept out, and for how long. */
export interface AutomaticBanLimits {
  /**
   * The score (one for each failed login, fading) from which on a network is banned; 0 bans nobody. Delays alone keep
   * a guesser at about ten, so a network that reaches it has gone on guessing through all of them.
   */
  readonly score: number;
  /** How long the first ban of a network lasts; each further one within a day after it twice as long. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** A network from which somebody has logged in within this time is not banned: others live behind its address. */
  readonly trustMs: number;
  /** Networks remembered for the two rules above. */
  readonly remembered: number;
}

export const defaultAutomaticBanLimits: AutomaticBanLimits = Object.freeze({
  score: 10,
  firstMs: 600_000,
  longestMs: 86_400_000,
  trustMs: 3_600_000,
  remembered: 20_000,
});

const dayMs = 86_400_000;

const words: Readonly<Record<Offence['kind'], string>> = {
  'failed-login': 'failed logins',
  'no-login': 'connections without a login',
  scan: 'connections without a word',
  protocol: 'connections that spoke rubbish',
};

/**
 * Bans networks that go on offending through their penalties. It never bans loopback, what is allowed, a network that
 * somebody is logged in from or was lately, nor anything wider than what {@link sourceNetwork} makes of one address;
 * nothing that came by UDP counts, because anybody can write anybody's address on a packet.
 */
export class AutomaticBans {
  readonly #bans: BanList;
  readonly #limits: AutomaticBanLimits;
  readonly #now: () => number;
  /** When somebody last logged in, by network, the longest ago first. */
  readonly #trusted = new Map<string, number>();
  /** How often a network was banned lately, and when that is forgotten. */
  readonly #repeats = new Map<string, { readonly times: number; readonly until: number }>();
  #sessions: SessionRegistry | null = null;

  constructor(
    bans: BanList,
    options: {
      readonly limits?: Partial<AutomaticBanLimits> | undefined;
      /** Monotonic milliseconds. */
      readonly now?: (() => number) | undefined;
    } = {},
  ) {
    this.#bans = bans;
    this.#limits = Object.freeze({ ...defaultAutomaticBanLimits, ...options.limits });
    this.#now = options.now ?? (() => performance.now());
  }

  /** Spares networks that these sessions are logged in from. */
  watch(sessions: SessionRegistry): void {
    this.#sessions = sessions;
  }

  /** Somebody has logged in. */
  loggedIn(remoteAddress: string): void {
    this.#remember(this.#trusted, sourceNetwork(remoteAddress), this.#now());
  }

  /** Takes an offence from the defence, and bans its network when it was one too many. */
  note({ kind, remoteAddress, network, score }: Offence): void {
    const { score: limit, firstMs, longestMs } = this.#limits;
    if (limit === 0 || score < limit || this.#bans.allows(remoteAddress) || this.#isTrusted(network)) return;
    if (this.#bans.find(remoteAddress) !== null) return;
    const now = this.#now();
    const before = this.#repeats.get(network);
    const times = before !== undefined && before.until > now ? before.times : 0;
    const durationMs = Math.min(firstMs * 2 ** times, longestMs);
    try {
      this.#bans.add({ network, durationMs, source: 'automatic', reason: `Too many ${words[kind]}` });
      this.#remember(this.#repeats, network, { times: times + 1, until: now + durationMs + dayMs });
    } catch (thrown) {
      // A full list or a full disk: the penalties go on without a ban.
      if (!(thrown instanceof WherryError)) throw thrown;
    }
  }

  #isTrusted(network: string): boolean {
    const lastLogin = this.#trusted.get(network);
    if (lastLogin !== undefined && this.#now() - lastLogin < this.#limits.trustMs) return true;
    return (
      this.#sessions
        ?.list()
        .some(
          ({ account, endpoint }) =>
            account !== null && !account.anonymous && sourceNetwork(endpoint.remoteAddress) === network,
        ) ?? false
    );
  }

  #remember<Value>(table: Map<string, Value>, network: string, value: Value): void {
    table.delete(network);
    for (const oldest of table.keys()) {
      if (table.size < this.#limits.remembered) break;
      table.delete(oldest);
    }
    table.set(network, value);
  }
}
