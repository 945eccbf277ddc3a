import { sourceNetwork } from '#core/source-network.ts';

/** How failed logins are answered and how many unfinished ones are let in. */
export interface LoginDefenceLimits {
  /** Delay that the first failure of a network brings; each further one doubles it. */
  readonly firstDelayMs: number;
  /** Longest delay that one failure adds. */
  readonly largestDelayMs: number;
  /**
   * As much delay as a network can pile up by failing on many connections at once. Beyond half of it new
   * connections are refused, so that guesses in parallel gain nothing. It is what a bystander behind the same
   * address waits at most.
   */
  readonly largestPenaltyMs: number;
  /** Time in which half of a network's failures are forgotten. */
  readonly halfLifeMs: number;
  /** Connections that have not logged in, of one network: more than any client opens at a time. */
  readonly halfOpenPerNetwork: number;
  /** Connections that have not logged in, of all, from which on new ones are dropped at random. */
  readonly halfOpenStart: number;
  /** And from which on every new one is dropped. */
  readonly halfOpenFull: number;
  /** Networks remembered; at about 500 octets each, 20,000 are 10 MB. The longest without a failure goes first. */
  readonly networks: number;
  /** User names counted apart per network; the failures of further ones are counted together. */
  readonly usersPerNetwork: number;
}

export const defaultLoginDefenceLimits: LoginDefenceLimits = Object.freeze({
  firstDelayMs: 500,
  largestDelayMs: 16_000,
  largestPenaltyMs: 60_000,
  halfLifeMs: 120_000,
  halfOpenPerNetwork: 50,
  halfOpenStart: 500,
  halfOpenFull: 1000,
  networks: 20_000,
  usersPerNetwork: 16,
});

/** Limits that differ from {@link defaultLoginDefenceLimits}, and what the defence stands on. */
export interface LoginDefenceOptions extends Partial<LoginDefenceLimits> {
  /**
   * Whether many users may share an address, as behind a balancer, or on loopback behind a tunnel: its connections
   * are never refused, and each is delayed for its own failures only (default none).
   */
  readonly exempt?: ((address: string) => boolean) | undefined;
  /** Monotonic milliseconds. */
  readonly now?: (() => number) | undefined;
  /** A number from 0 up to but without 1, for the early drop. */
  readonly random?: (() => number) | undefined;
}

/** Why a connection is not let in; for the log. */
export type AdmissionRefusal = 'penalty' | 'half-open-network' | 'half-open-early-drop' | 'half-open-full';

/** Whether a connection is let in. */
export type Admission =
  | { readonly admitted: true; readonly reason: null }
  | { readonly admitted: false; readonly reason: AdmissionRefusal };

interface NetworkRecord {
  /** Failures, fading. */
  score: number;
  scoredAt: number;
  /** The time until which answers are held back. */
  penaltyUntil: number;
  readonly scoreByUser: Map<string, number>;
}

/**
 * Slows down whoever guesses passwords and bounds connections that have not logged in. Everything is counted by
 * source network ({@link sourceNetwork}) and for a user name only within one network, so nobody can lock a user out
 * from elsewhere. Failures fade with time. Delays of one network are queued, not run side by side: guessing on many
 * connections is no faster than on one. The penalties follow sshd's PerSourcePenalties, the early drop its
 * MaxStartups. Nothing here waits or keeps a timer; the caller holds its answer back.
 */
export class LoginDefence {
  readonly #limits: LoginDefenceLimits;
  readonly #exempt: (address: string) => boolean;
  readonly #now: () => number;
  readonly #random: () => number;
  /** In the order of the last failure. */
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #halfOpenByNetwork = new Map<string, number>();
  #halfOpen = 0;

  constructor(options: LoginDefenceOptions = {}) {
    const { exempt, now, random, ...limits } = options;
    this.#limits = Object.freeze({ ...defaultLoginDefenceLimits, ...limits });
    this.#exempt = exempt ?? (() => false);
    this.#now = now ?? (() => performance.now());
    this.#random = random ?? Math.random;
  }

  /** Connections that have not logged in, and networks remembered; for gauges. */
  get load(): { readonly halfOpen: number; readonly networks: number } {
    return { halfOpen: this.#halfOpen, networks: this.#networks.size };
  }

  /** Whether a new connection is let in. One that is counts as half open until {@link settled}. */
  admit(address: string): Admission {
    const network = sourceNetwork(address);
    const reason = this.#exempt(address) ? null : this.#refusal(network);
    if (reason !== null) return { admitted: false, reason };
    this.#halfOpen += 1;
    this.#halfOpenByNetwork.set(network, (this.#halfOpenByNetwork.get(network) ?? 0) + 1);
    return { admitted: true, reason: null };
  }

  /** A connection that was admitted has logged in, or has ended before: to be said once for each. */
  settled(address: string): void {
    const network = sourceNetwork(address);
    const count = this.#halfOpenByNetwork.get(network);
    if (count === undefined) return;
    this.#halfOpen -= 1;
    if (count === 1) this.#halfOpenByNetwork.delete(network);
    else this.#halfOpenByNetwork.set(network, count - 1);
  }

  /** A login failed; returns for how many milliseconds its answer is to be held back. */
  failed(address: string, user: string): number {
    return this.#exempt(address) ? 0 : this.#punish(sourceNetwork(address), user);
  }

  /**
   * A login succeeded: what this user mistyped from this network is forgotten. Guesses at other names stay, also
   * those of someone who has an account himself; with no `user` nothing is forgotten.
   */
  succeeded(address: string, user?: string): void {
    if (user !== undefined) this.#forgive(sourceNetwork(address), user);
  }

  #refusal(network: string): AdmissionRefusal | null {
    const { largestPenaltyMs, halfOpenPerNetwork, halfOpenStart, halfOpenFull } = this.#limits;
    const penaltyMs = (this.#networks.get(network)?.penaltyUntil ?? 0) - this.#now();
    if (penaltyMs > largestPenaltyMs / 2) return 'penalty';
    if ((this.#halfOpenByNetwork.get(network) ?? 0) >= halfOpenPerNetwork) return 'half-open-network';
    if (this.#halfOpen >= halfOpenFull) return 'half-open-full';
    const excess = (this.#halfOpen - halfOpenStart) / (halfOpenFull - halfOpenStart);
    return this.#halfOpen >= halfOpenStart && this.#random() < excess ? 'half-open-early-drop' : null;
  }

  #punish(network: string, user: string): number {
    const { largestPenaltyMs, networks, usersPerNetwork } = this.#limits;
    const now = this.#now();
    const record = this.#networks.get(network) ?? newRecord(now);
    this.#networks.delete(network);
    for (const longestQuiet of this.#networks.keys()) {
      if (this.#networks.size < networks) break;
      this.#networks.delete(longestQuiet);
    }
    this.#networks.set(network, record);
    this.#fade(record, now);
    const delayMs = this.#delayAfter(record.score);
    record.score += 1;
    const known = record.scoreByUser.get(userKey(user));
    if (known !== undefined || record.scoreByUser.size < usersPerNetwork) {
      record.scoreByUser.set(userKey(user), (known ?? 0) + 1);
    }
    record.penaltyUntil = Math.min(Math.max(record.penaltyUntil, now) + delayMs, now + largestPenaltyMs);
    return record.penaltyUntil - now;
  }

  #delayAfter(failures: number): number {
    return Math.min(this.#limits.firstDelayMs * 2 ** failures, this.#limits.largestDelayMs);
  }

  #fade(record: NetworkRecord, now: number): void {
    const factor = 2 ** (-(now - record.scoredAt) / this.#limits.halfLifeMs);
    record.score *= factor;
    record.scoredAt = now;
    for (const [user, score] of record.scoreByUser) {
      if (score * factor < negligibleScore) record.scoreByUser.delete(user);
      else record.scoreByUser.set(user, score * factor);
    }
  }

  #forgive(network: string, user: string): void {
    const record = this.#networks.get(network);
    if (record === undefined) return;
    this.#fade(record, this.#now());
    record.score -= record.scoreByUser.get(userKey(user)) ?? 0;
    record.scoreByUser.delete(userKey(user));
    if (record.score < negligibleScore) this.#networks.delete(network);
  }
}

/** A failure faded to this counts no longer: it lengthens a delay by less than a hundredth. */
const negligibleScore = 0.01;
/** A user name is counted by its beginning, so that long ones take no memory. */
const userKeyLength = 64;

function userKey(user: string): string {
  return user.slice(0, userKeyLength);
}

function newRecord(now: number): NetworkRecord {
  return { score: 0, scoredAt: now, penaltyUntil: 0, scoreByUser: new Map() };
}
