import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { AddressGate } from '#engine/session-controls.ts';
import type { AllowedNetwork, Ban, BanSource } from './ban.ts';
import type { BanStore } from './ban-store.ts';
import { NetworkTable, readNetwork, type NamedNetwork } from './network-table.ts';

/** What a ban is made from. */
export interface NewBan {
  /** An address or a CIDR network. */
  readonly network: string;
  readonly reason: string;
  /** How long it lasts; null for ever. */
  readonly durationMs: number | null;
  readonly source?: BanSource | undefined;
}

/** How far bans may go, so that none of them shuts everybody out. */
export interface BanLimits {
  /** The shortest prefix of a ban, by family: a wider network is refused. */
  readonly shortestPrefix: { readonly ipv4: number; readonly ipv6: number };
  /** Automatic bans at a time; past it penalties alone have to do. */
  readonly automatic: number;
  /** Bans and allowed networks in all: more than a person can oversee. */
  readonly networks: number;
}

export const defaultBanLimits: BanLimits = Object.freeze({
  shortestPrefix: Object.freeze({ ipv4: 12, ipv6: 24 }),
  automatic: 10_000,
  networks: 100_000,
});

export interface BanListOptions {
  /** Where bans are kept over restarts. */
  readonly store: BanStore;
  readonly limits?: Partial<BanLimits> | undefined;
  /** Networks that are allowed by the configuration, beside those that were added while running. */
  readonly allowed?: readonly string[] | undefined;
  /** Milliseconds since 1970 (default the system's clock). */
  readonly now?: (() => number) | undefined;
  /** Monotonic milliseconds (default `performance.now`). */
  readonly monotonicNow?: (() => number) | undefined;
}

/** What became of the list. */
export type BanChange =
  { readonly change: 'added'; readonly ban: Ban } | { readonly change: 'removed'; readonly network: string };

interface Row {
  readonly ban: Ban;
  readonly named: NamedNetwork;
  /** By the monotonic clock: a clock that is set does not lengthen or shorten a ban. */
  readonly endsAtMs: number;
}

const longestText = 500;

/**
 * Networks that are kept out, before a word is said to them, by every protocol. This machine's own loopback and what
 * is allowed explicitly always comes in, no network wider than the limits is ever kept out, and the administrator's
 * socket asks nobody: whatever is banned, somebody can take it back.
 */
export class BanList implements AddressGate {
  readonly #store: BanStore;
  readonly #limits: BanLimits;
  readonly #now: () => number;
  readonly #monotonicNow: () => number;
  readonly #bans = new NetworkTable<Row>();
  readonly #allowed = new NetworkTable<AllowedNetwork>();
  #configured = new NetworkTable<true>();
  readonly #listeners = new Set<(change: BanChange) => void>();
  #automatic = 0;

  constructor(options: BanListOptions) {
    this.#store = options.store;
    this.#limits = Object.freeze({ ...defaultBanLimits, ...options.limits });
    this.#now = options.now ?? (() => Date.now());
    this.#monotonicNow = options.monotonicNow ?? (() => performance.now());
    this.setConfigured(options.allowed ?? []);
    const { bans, allowed } = this.#store.load();
    for (const { ban, durationMs } of bans) this.#restore(ban, durationMs);
    for (const row of allowed) this.#allowed.set(readNetwork(row.network), row);
  }

  /** Bans that are in force, automatic ones among them. */
  get size(): number {
    return this.#bans.size;
  }

  /** Automatic bans that are in force. */
  get automaticSize(): number {
    return this.#automatic;
  }

  /** Takes the place of the networks that the configuration allows. @throws WherryError `invalid-argument` */
  setConfigured(networks: readonly string[]): void {
    const table = new NetworkTable<true>();
    for (const network of networks) table.set(readNetwork(network), true);
    this.#configured = table;
  }

  /** Whether an address comes in whatever is banned: loopback, and what is allowed. */
  allows(address: string): boolean {
    return (
      isLoopback(address) || some(this.#allowed.covering(address)) || some(this.#configured.covering(address))
    );
  }

  /** The ban that keeps an address out; null when none does. */
  find(address: string): Ban | null {
    if (this.#bans.size === 0) return null;
    const now = this.#monotonicNow();
    for (const row of this.#bans.covering(address)) {
      if (row.endsAtMs <= now) this.#expire(row);
      else if (!this.allows(address)) return row.ban;
    }
    return null;
  }

  refusal(remoteAddress: string): string | null {
    return this.find(remoteAddress) === null ? null : 'Your network is not let in here';
  }

  /**
   * Keeps a network out. A ban of the same network is replaced.
   *
   * @throws WherryError `invalid-argument` for a network that is none, wider than may be banned, or loopback;
   *   `too-many` past the limits
   */
  add({ network, reason, durationMs, source = 'administrator' }: NewBan): Ban {
    const named = readNetwork(network);
    this.#checkWidth(named);
    this.#checkRoom(named, source);
    if (durationMs !== null && !(durationMs > 0 && durationMs <= longestDurationMs)) {
      throw new WherryError(
        'invalid-argument',
        'A ban lasts more than no time and at most 100 years, or for ever',
      );
    }
    const createdAt = this.#now();
    const ban: Ban = Object.freeze({
      network: named.text,
      reason: printableName(reason).slice(0, longestText),
      source,
      createdAt,
      expiresAt: durationMs === null ? null : createdAt + durationMs,
    });
    this.#store.saveBan(ban, durationMs);
    this.#put(named, ban, durationMs ?? Number.POSITIVE_INFINITY);
    this.#tell({ change: 'added', ban });
    return ban;
  }

  /** Lets a network in again. @throws WherryError `not-found` when exactly this network is not banned */
  remove(network: string): void {
    const row = this.#bans.get(readNetwork(network));
    if (row === null) {
      throw new WherryError(
        'not-found',
        `${printableName(network)} is not banned; the list says which networks are`,
      );
    }
    this.#store.removeBan(row.ban.network);
    this.#drop(row);
  }

  /** Bans in force, the latest first. */
  list(): readonly Ban[] {
    const now = this.#monotonicNow();
    for (const row of this.#bans.values()) if (row.endsAtMs <= now) this.#expire(row);
    return Array.from(this.#bans.values(), ({ ban }) => ban).toSorted(
      (left, right) => right.createdAt - left.createdAt,
    );
  }

  /** Lets a network in whatever is banned, and spares it all penalties. @throws WherryError `invalid-argument` */
  allow(network: string, note = ''): AllowedNetwork {
    const named = readNetwork(network);
    if (this.#allowed.get(named) === null) this.#checkTotal();
    const row: AllowedNetwork = Object.freeze({
      network: named.text,
      note: printableName(note).slice(0, longestText),
      createdAt: this.#now(),
    });
    this.#store.saveAllowed(row);
    this.#allowed.set(named, row);
    return row;
  }

  /** Takes back what {@link allow} said. @throws WherryError `not-found` */
  disallow(network: string): void {
    const named = readNetwork(network);
    if (this.#allowed.get(named) === null) {
      throw new WherryError('not-found', `${printableName(network)} is not in the list of allowed networks`);
    }
    this.#store.removeAllowed(named.text);
    this.#allowed.delete(named);
  }

  /** Networks that were allowed while running. */
  listAllowed(): readonly AllowedNetwork[] {
    return [...this.#allowed.values()];
  }

  /** Calls `listener` with each change, until it is stopped. */
  onChange(listener: (change: BanChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #restore(ban: Ban, durationMs: number | null): void {
    if (ban.expiresAt === null || durationMs === null) {
      this.#put(readNetwork(ban.network), ban, Number.POSITIVE_INFINITY);
      return;
    }
    // A clock that was set back while the server was down must not make a ban longer than it was meant.
    const leftMs = Math.min(ban.expiresAt - this.#now(), durationMs);
    if (leftMs > 0) this.#put(readNetwork(ban.network), ban, leftMs);
    else this.#store.removeBan(ban.network);
  }

  #put(named: NamedNetwork, ban: Ban, leftMs: number): void {
    if (this.#bans.get(named)?.ban.source === 'automatic') this.#automatic -= 1;
    if (ban.source === 'automatic') this.#automatic += 1;
    this.#bans.set(named, { ban, named, endsAtMs: this.#monotonicNow() + leftMs });
  }

  /** A store that cannot be written now forgets it with the next start. */
  #expire(row: Row): void {
    try {
      this.#store.removeBan(row.ban.network);
    } catch {
      // It has ended all the same.
    }
    this.#drop(row);
  }

  #drop({ ban, named }: Row): void {
    this.#bans.delete(named);
    if (ban.source === 'automatic') this.#automatic -= 1;
    this.#tell({ change: 'removed', network: ban.network });
  }

  #checkWidth({ network, text }: NamedNetwork): void {
    const { family } = network.address;
    const shortest = this.#limits.shortestPrefix[family === 4 ? 'ipv4' : 'ipv6'];
    if (network.prefixLength < shortest) {
      throw new WherryError(
        'invalid-argument',
        `${text} is too wide to be banned: at least the first ${shortest} bits must be given`,
      );
    }
    if (isLoopback(text)) {
      throw new WherryError('invalid-argument', `${text} is this machine itself and cannot be banned`);
    }
  }

  #checkRoom(named: NamedNetwork, source: BanSource): void {
    if (this.#bans.get(named) === null) this.#checkTotal();
    if (source === 'automatic' && this.#automatic >= this.#limits.automatic) {
      throw new WherryError('too-many', 'There are as many automatic bans as there may be');
    }
  }

  #checkTotal(): void {
    if (this.#bans.size + this.#allowed.size < this.#limits.networks) return;
    throw new WherryError('too-many', 'There are as many banned and allowed networks as there may be');
  }

  #tell(change: BanChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const longestDurationMs = 100 * 366 * 86_400_000;

/** Tunnels and proxies on this machine bring many users from its loopback addresses, and so does its owner. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::1/');
}

function some(rows: Iterable<unknown>): boolean {
  for (const row of rows) return row !== undefined;
  return false;
}
