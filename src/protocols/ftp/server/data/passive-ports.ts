import { randomInt } from 'node:crypto';
import { type Awaitable, isPending } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import { TcpListener, type TcpSocket } from '#native/index.ts';

/** A passive port lent to one session for one transfer. */
export interface PassivePort {
  readonly port: number;
  /** The next connection to it; rejects with `aborted` when it is given back meanwhile. */
  accept(): TcpSocket | Promise<TcpSocket>;
  /**
   * Takes a connection that came another way, through a tunnel, as the next one.
   *
   * @returns false when the port was given back or has one already; the socket is then still the caller's
   */
  offer(socket: TcpSocket): boolean;
  /** Whether a connection is one that was offered, and so as private as the tunnel it came through. */
  cameByTunnel(socket: TcpSocket): boolean;
  /** Whether another session needed it more and took it over. */
  readonly reclaimed: boolean;
  /** A transfer is using it: it cannot be reclaimed any more. */
  keep(): void;
  giveBack(): void;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Port numbers tried at random before the range is searched in order. */
const randomTries = 16;

/** How long the rate of lending is counted. */
const ratePeriodMs = 100;
/**
 * Lends of a period from which on ports go on listening when they are given back: to stop and to start costs a tenth
 * of a small file then, and the port is wanted again within a moment.
 */
const busyLends = 50;
/** How often ports that have rested since the last time stop listening. */
const sweepMs = 1000;

/** A port of the range that is bound, and so the server's until it closes. */
interface BoundPort {
  readonly listener: TcpListener;
  lease: Lease | null;
  /** Not lent, yet still listening. */
  isResting: boolean;
  /** It was so at the last sweep already. */
  hasRested: boolean;
}

/**
 * The passive ports of a server. Once bound, a port is kept and lent again: asking the kernel for a fresh one each
 * time walks through every port that still waits out its last connection. Ports are picked at random, so that no
 * one can foretell the next (RFC 2577 section 8), and can be reclaimed from a session that asked for one and does
 * nothing with it. They listen only while they are lent; under a load of small files a moment longer, but nobody who
 * connected before a port was lent is ever taken for its peer.
 */
export class PassivePorts {
  readonly #range: Range;
  readonly #abandonedAfterMs: number;
  /** By local address and number: one look by a number costs a fraction of one by a text made of both. */
  readonly #bound = new Map<string, Map<number, BoundPort>>();
  /** What is lent, oldest first. */
  readonly #lent = new Set<Lease>();
  #sweep: NodeJS.Timeout | null = null;
  #periodStart = 0;
  #lendsInPeriod = 0;
  #isBusy = false;
  #closed = false;

  constructor(range: Range, abandonedAfterMs: number) {
    this.#range = range;
    this.#abandonedAfterMs = abandonedAfterMs;
  }

  /** How many ports are not lent, seen from one local address. */
  get free(): number {
    return Math.max(0, this.#size - this.#lent.size);
  }

  /** Whether fewer than half of the ports are left. */
  get scarce(): boolean {
    return this.free < this.#size / 2;
  }

  get #size(): number {
    return this.#range.first === 0 ? 65_535 : this.#range.last - this.#range.first + 1;
  }

  /**
   * Lends a listening port on the given local address.
   *
   * @throws WherryError `too-many` when every port of the range is in use
   */
  lend(localAddress: string): Awaitable<PassivePort> {
    this.#countLend();
    if (this.#range.first === 0) return this.#tryPort(localAddress, 0).then(orExhausted);
    const kept = this.#portsAt(localAddress).get(this.#anyPort());
    return kept === undefined || kept.lease !== null
      ? this.#search(localAddress)
      : this.#lendKept(localAddress, kept);
  }

  #portsAt(localAddress: string): Map<number, BoundPort> {
    const known = this.#bound.get(localAddress);
    if (known !== undefined) return known;
    const ports = new Map<number, BoundPort>();
    this.#bound.set(localAddress, ports);
    return ports;
  }

  #anyPort(): number {
    return randomInt(this.#range.first, this.#range.last + 1);
  }

  /** Mostly a port is bound already and can listen at once. */
  #lendKept(localAddress: string, port: BoundPort): Awaitable<PassivePort> {
    try {
      const opened = this.#open(localAddress, port);
      return isPending(opened) ? opened.catch(() => this.#search(localAddress)) : opened;
    } catch {
      return this.#search(localAddress);
    }
  }

  async #search(localAddress: string): Promise<PassivePort> {
    for (let attempt = 0; attempt < randomTries; attempt += 1) {
      const lease = await this.#tryPort(localAddress, this.#anyPort());
      if (lease !== null) return lease;
    }
    const offset = randomInt(this.#size);
    for (let step = 0; step < this.#size; step += 1) {
      const port = this.#range.first + ((offset + step) % this.#size);
      const lease = await this.#tryPort(localAddress, port);
      if (lease !== null) return lease;
    }
    return orExhausted(await this.#reclaim(localAddress));
  }

  /** Gives every port back to the system. */
  close(): void {
    this.#closed = true;
    for (const lease of this.#lent) lease.giveBack();
    for (const ports of this.#bound.values()) {
      for (const { listener } of ports.values()) listener.close();
    }
    this.#bound.clear();
    clearTimeout(this.#sweep ?? undefined);
  }

  #countLend(): void {
    const now = performance.now();
    if (now - this.#periodStart >= ratePeriodMs) {
      this.#isBusy = this.#lendsInPeriod >= busyLends && now - this.#periodStart < 2 * ratePeriodMs;
      this.#periodStart = now;
      this.#lendsInPeriod = 0;
    }
    this.#lendsInPeriod += 1;
  }

  /** Ends the listening of a port that is given back, now or a little later. */
  #retire(port: BoundPort): void {
    if (this.#closed || this.#range.first === 0) {
      port.listener.close();
    } else if (this.#isBusy) {
      port.listener.rest();
      port.isResting = true;
      port.hasRested = false;
      this.#sweep ??= setTimeout(() => this.#endRests(), sweepMs).unref();
    } else {
      port.listener.stop();
    }
  }

  /** Under load a port is mostly lent again before it has rested from one sweep to the next. */
  #endRests(): void {
    let rest = 0;
    for (const ports of this.#bound.values()) {
      for (const port of ports.values()) {
        if (!port.isResting) continue;
        if (port.hasRested) {
          port.isResting = false;
          port.listener.stop();
        } else {
          port.hasRested = true;
          rest += 1;
        }
      }
    }
    this.#sweep = rest === 0 ? null : setTimeout(() => this.#endRests(), sweepMs).unref();
  }

  async #tryPort(localAddress: string, number: number): Promise<Lease | null> {
    const ports = this.#portsAt(localAddress);
    let port = ports.get(number);
    if (this.#closed || (port !== undefined && port.lease !== null)) return null;
    try {
      if (port === undefined) {
        const listener = await TcpListener.bind({ host: localAddress, port: number });
        // Another session may have been as far meanwhile.
        if (this.#closed || ports.has(number)) {
          listener.close();
          return null;
        }
        port = { listener, lease: null, isResting: false, hasRested: false };
        // One that the kernel chose is not kept.
        if (number !== 0) ports.set(number, port);
      }
      return await this.#open(localAddress, port);
    } catch {
      // Somebody else has the port.
      return null;
    }
  }

  #open(localAddress: string, port: BoundPort): Awaitable<Lease> {
    const { listener } = port;
    const lease: Lease = new Lease(localAddress, listener, () => {
      this.#lent.delete(lease);
      port.lease = null;
      this.#retire(port);
    });
    // Claimed before the first wait, so that two sessions never hold one port.
    this.#lent.add(lease);
    port.lease = lease;
    port.isResting = false;
    const giveUp = (thrown: unknown): never => {
      this.#lent.delete(lease);
      this.#bound.get(localAddress)?.delete(listener.port);
      listener.close();
      throw thrown;
    };
    try {
      const listening = listener.listen();
      return isPending(listening) ? listening.then(() => lease, giveUp) : lease;
    } catch (thrown) {
      return giveUp(thrown);
    }
  }

  /** Takes the port of the session that has left its own unused for longest. */
  async #reclaim(localAddress: string): Promise<Lease | null> {
    const deadline = performance.now() - this.#abandonedAfterMs;
    for (const lease of this.#lent) {
      if (lease.kept || lease.lentAt > deadline || lease.localAddress !== localAddress) continue;
      lease.reclaimed = true;
      lease.giveBack();
      return this.#tryPort(localAddress, lease.port);
    }
    return null;
  }
}

function orExhausted(lease: Lease | null): Lease {
  if (lease === null) throw new WherryError('too-many', 'No passive port is free, try again later');
  return lease;
}

class Lease implements PassivePort {
  readonly port: number;
  readonly localAddress: string;
  readonly lentAt = performance.now();
  reclaimed = false;
  kept = false;
  readonly #listener: TcpListener;
  readonly #onReturn: () => void;
  #returned = false;
  #offered: TcpSocket | null = null;
  #take: ((socket: TcpSocket) => void) | null = null;
  #tunnelled: WeakSet<TcpSocket> | null = null;

  constructor(localAddress: string, listener: TcpListener, onReturn: () => void) {
    this.localAddress = localAddress;
    this.port = listener.port;
    this.#listener = listener;
    this.#onReturn = onReturn;
  }

  accept(): TcpSocket | Promise<TcpSocket> {
    if (this.#returned) throw new WherryError('aborted', 'The passive port was given back');
    const offered = this.#offered;
    this.#offered = null;
    if (offered !== null) return offered;
    const next = this.#listener.accept();
    return isPending(next) ? this.#acceptEither(next) : next;
  }

  offer(socket: TcpSocket): boolean {
    if (this.#returned || this.#offered !== null) return false;
    this.#tunnelled ??= new WeakSet();
    this.#tunnelled.add(socket);
    if (this.#take === null) this.#offered = socket;
    else this.#take(socket);
    return true;
  }

  cameByTunnel(socket: TcpSocket): boolean {
    return this.#tunnelled?.has(socket) === true;
  }

  keep(): void {
    this.kept = true;
  }

  giveBack(): void {
    if (this.#returned) return;
    this.#returned = true;
    this.#offered?.reset();
    this.#offered = null;
    this.#onReturn();
  }

  /** The next connection through the port, or one that is offered meanwhile. */
  #acceptEither(next: Promise<TcpSocket>): Promise<TcpSocket> {
    return new Promise((resolve, reject) => {
      let taken = false;
      const take = (socket: TcpSocket): void => {
        if (taken) {
          socket.reset();
          return;
        }
        taken = true;
        this.#take = null;
        resolve(socket);
      };
      this.#take = take;
      next.then(take, (reason: Error) => {
        if (this.#take === take) this.#take = null;
        reject(reason);
      });
    });
  }
}
