import { sourceNetwork } from '#core/source-network.ts';

/**
 * What a network is punished for. `failed-login` brings growing delays. The others are each a small, constant
 * penalty, so that a monitor which connects every few seconds never piles any up: `no-login` is a connection that
 * ended or ran out of time without a login, `scan` one that ended without a word, `protocol` one that spoke rubbish
 * or another protocol.
 */
export type OffenceKind = 'failed-login' | 'no-login' | 'scan' | 'protocol';

/** An offence, told to whoever decides on bans. */
export interface Offence {
  readonly kind: OffenceKind;
  readonly remoteAddress: string;
  /** As {@link sourceNetwork} names it. */
  readonly network: string;
  /** All offences of the network, weighed and fading: one failed login counts 1. */
  readonly score: number;
}

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
  /** Failures after which a connection is closed (RFC 2577 section 5 advises a small number; FTP answers 421). */
  readonly failuresPerConnection: number;
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
  /** The penalty of each offence that is no failed login, in milliseconds. */
  readonly penaltyMs: Readonly<Record<Exclude<OffenceKind, 'failed-login'>, number>>;
}

export const defaultLoginDefenceLimits: LoginDefenceLimits = Object.freeze({
  firstDelayMs: 500,
  largestDelayMs: 16_000,
  largestPenaltyMs: 60_000,
  halfLifeMs: 120_000,
  failuresPerConnection: 4,
  halfOpenPerNetwork: 50,
  halfOpenStart: 500,
  halfOpenFull: 1000,
  networks: 20_000,
  usersPerNetwork: 16,
  penaltyMs: Object.freeze({ 'no-login': 200, scan: 100, protocol: 2000 }),
});

/** How much each offence counts in the score that bans are decided by, where a failed login is 1. */
const weights: Readonly<Record<Exclude<OffenceKind, 'failed-login'>, number>> = {
  'no-login': 0.02,
  scan: 0.02,
  protocol: 0.5,
};

export interface LoginDefenceOptions {
  readonly limits?: Partial<LoginDefenceLimits> | undefined;
  /** Whether an address is never delayed nor refused, as a balancer or a monitor (default none). */
  readonly exempt?: ((address: string) => boolean) | undefined;
  /** Monotonic milliseconds. */
  readonly now?: (() => number) | undefined;
  /** A number from 0 up to but without 1, for the early drop. */
  readonly random?: (() => number) | undefined;
}

/** Why a connection is not let in; for the log. */
export type AdmissionRefusal = 'penalty' | 'half-open-network' | 'half-open-early-drop' | 'half-open-full';

export type Admission =
  | { readonly admitted: true; readonly login: PendingLogin }
  | { readonly admitted: false; readonly reason: AdmissionRefusal };

/** What a failed login brings: the answer is held back, and the connection closed after it when `close` says so. */
export interface FailureVerdict {
  readonly delayMs: number;
  readonly close: boolean;
}

/** A connection's share in the defence, from its acceptance to its end. */
export interface PendingLogin {
  /** A login failed. May also be called after a success, when the user changes. */
  failed(user: string): FailureVerdict;
  /** A login succeeded: the connection is no longer half open, and what this user mistyped is forgotten. */
  succeeded(user: string): void;
  /**
   * The connection is over. Safe to call twice.
   *
   * @param offence what it was, where it never logged in and never failed to
   */
  end(offence?: Exclude<OffenceKind, 'failed-login'>): void;
}

interface NetworkRecord {
  /** Failures, fading. */
  score: number;
  scoredAt: number;
  /** The time until which answers are held back. */
  penaltyUntil: number;
  readonly scoreByUser: Map<string, number>;
  /** Offences that are no failed logins, weighed and fading. */
  others: number;
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
  readonly #exempt: ((address: string) => boolean)[];
  readonly #listeners: ((offence: Offence) => void)[] = [];
  readonly #now: () => number;
  readonly #random: () => number;
  /** In the order of the last failure. */
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #halfOpenByNetwork = new Map<string, number>();
  #halfOpen = 0;

  constructor(options: LoginDefenceOptions = {}) {
    this.#limits = Object.freeze({ ...defaultLoginDefenceLimits, ...options.limits });
    this.#exempt = options.exempt === undefined ? [] : [options.exempt];
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
  }

  /** Spares these addresses too, beside those that are exempt by the options. */
  spare(addresses: (address: string) => boolean): void {
    this.#exempt.push(addresses);
  }

  /** Calls `listener`, which must not throw, with every offence of a network that is not exempt. */
  onOffence(listener: (offence: Offence) => void): void {
    this.#listeners.push(listener);
  }

  /** Connections that have not logged in, and networks remembered; for gauges. */
  get load(): { readonly halfOpen: number; readonly networks: number } {
    return { halfOpen: this.#halfOpen, networks: this.#networks.size };
  }

  /** Whether a new connection from an address is let in, and its share in the defence when it is. */
  admit(address: string): Admission {
    const network = sourceNetwork(address);
    const exempt = this.#exempt.some((spares) => spares(address));
    const reason = exempt ? null : this.#refusal(network);
    if (reason !== null) return { admitted: false, reason };
    return { admitted: true, login: this.#open(address, network, exempt) };
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

  #open(address: string, network: string, exempt: boolean): PendingLogin {
    let isHalfOpen = true;
    let failures = 0;
    this.#halfOpen += 1;
    this.#halfOpenByNetwork.set(network, (this.#halfOpenByNetwork.get(network) ?? 0) + 1);
    const settle = () => {
      if (isHalfOpen) this.#leave(network);
      isHalfOpen = false;
    };
    return {
      failed: (user) => {
        failures += 1;
        const delayMs = exempt ? 0 : this.#punish(network, user);
        if (!exempt) this.#note('failed-login', address, network);
        return { delayMs, close: failures >= this.#limits.failuresPerConnection };
      },
      succeeded: (user) => {
        settle();
        this.#forgive(network, user);
      },
      end: (offence) => {
        if (isHalfOpen && failures === 0 && !exempt && offence !== undefined) {
          this.#delay(network, this.#limits.penaltyMs[offence]);
          this.#note(offence, address, network);
        }
        settle();
      },
    };
  }

  #note(kind: OffenceKind, remoteAddress: string, network: string): void {
    const record = this.#recall(network);
    // What failed logins count is in the score already.
    if (kind !== 'failed-login') record.others += weights[kind];
    const offence = { kind, remoteAddress, network, score: record.score + record.others };
    for (const listener of this.#listeners) listener(offence);
  }

  /** Adds to what a network has to wait, without doubling anything. */
  #delay(network: string, penaltyMs: number): void {
    const now = this.#now();
    const record = this.#recall(network);
    const until = Math.max(record.penaltyUntil, now) + penaltyMs;
    record.penaltyUntil = Math.min(until, now + this.#limits.largestPenaltyMs);
  }

  /** The record of a network, faded to this moment and the last to be forgotten. */
  #recall(network: string): NetworkRecord {
    const now = this.#now();
    const record = this.#networks.get(network) ?? newRecord(now);
    this.#networks.delete(network);
    for (const longestQuiet of this.#networks.keys()) {
      if (this.#networks.size < this.#limits.networks) break;
      this.#networks.delete(longestQuiet);
    }
    this.#networks.set(network, record);
    this.#fade(record, now);
    return record;
  }

  #leave(network: string): void {
    this.#halfOpen -= 1;
    const left = (this.#halfOpenByNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#halfOpenByNetwork.delete(network);
    else this.#halfOpenByNetwork.set(network, left);
  }

  #punish(network: string, user: string): number {
    const { firstDelayMs, largestDelayMs, largestPenaltyMs, usersPerNetwork } = this.#limits;
    const now = this.#now();
    const record = this.#recall(network);
    const delayMs = Math.min(firstDelayMs * 2 ** record.score, largestDelayMs);
    record.score += 1;
    const known = record.scoreByUser.get(userKey(user));
    if (known !== undefined || record.scoreByUser.size < usersPerNetwork) {
      record.scoreByUser.set(userKey(user), (known ?? 0) + 1);
    }
    record.penaltyUntil = Math.min(Math.max(record.penaltyUntil, now) + delayMs, now + largestPenaltyMs);
    return record.penaltyUntil - now;
  }

  #fade(record: NetworkRecord, now: number): void {
    const factor = 2 ** (-(now - record.scoredAt) / this.#limits.halfLifeMs);
    record.score *= factor;
    record.others *= factor;
    record.scoredAt = now;
    for (const [user, score] of record.scoreByUser) {
      if (score * factor < negligibleScore) record.scoreByUser.delete(user);
      else record.scoreByUser.set(user, score * factor);
    }
  }

  /** Takes back what this user's own failures brought; guesses at other names stay, also of one who has an account. */
  #forgive(network: string, user: string): void {
    const record = this.#networks.get(network);
    if (record === undefined) return;
    this.#fade(record, this.#now());
    record.score -= record.scoreByUser.get(userKey(user)) ?? 0;
    record.scoreByUser.delete(userKey(user));
    if (record.score < negligibleScore && record.others < negligibleScore) this.#networks.delete(network);
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
  return { score: 0, scoredAt: now, penaltyUntil: 0, scoreByUser: new Map(), others: 0 };
}
