import { randomInt } from 'node:crypto';
import { isPending } from '#core/awaitable.ts';
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

/**
 * The passive ports of a server. Once bound, a port is kept and lent again: asking the kernel for a fresh one each
 * time walks through every port that still waits out its last connection. Ports are picked at random, so that no
 * one can foretell the next (RFC 2577 section 8), listen only while they are lent, and can be reclaimed from a
 * session that asked for one and does nothing with it.
 */
export class PassivePorts {
  readonly #range: Range;
  readonly #abandonedAfterMs: number;
  /** Bound listeners by local address and port. */
  readonly #bound = new Map<string, TcpListener>();
  /** What is lent, oldest first. */
  readonly #lent = new Map<string, Lease>();
  #closed = false;

  constructor(range: Range, abandonedAfterMs: number) {
    this.#range = range;
    this.#abandonedAfterMs = abandonedAfterMs;
  }

  /** How many ports are not lent, seen from one local address. */
  get free(): number {
    return Math.max(0, this.#size - this.#lent.size);
  }

  get #size(): number {
    return this.#range.first === 0 ? 65_535 : this.#range.last - this.#range.first + 1;
  }

  /**
   * Lends a listening port on the given local address.
   *
   * @throws WherryError `too-many` when every port of the range is in use
   */
  async lend(localAddress: string): Promise<PassivePort> {
    if (this.#range.first === 0) return this.#tryPort(localAddress, 0).then(orExhausted);
    for (let attempt = 0; attempt < randomTries; attempt += 1) {
      const lease = await this.#tryPort(localAddress, randomInt(this.#range.first, this.#range.last + 1));
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
    for (const lease of this.#lent.values()) lease.giveBack();
    for (const listener of this.#bound.values()) listener.close();
    this.#bound.clear();
  }

  async #tryPort(localAddress: string, port: number): Promise<Lease | null> {
    const key = `${localAddress} ${port}`;
    if (this.#closed || this.#lent.has(key)) return null;
    const kept = this.#bound.get(key);
    try {
      const listener = kept ?? (await TcpListener.bind({ host: localAddress, port }));
      if (kept === undefined && (this.#closed || this.#lent.has(key))) {
        listener.close();
        return null;
      }
      return await this.#open(port === 0 ? `${localAddress} ${listener.port}` : key, listener);
    } catch {
      // Somebody else has the port. What is bound and cannot listen is of no use either.
      kept?.close();
      this.#bound.delete(key);
      return null;
    }
  }

  async #open(key: string, listener: TcpListener): Promise<Lease> {
    const lease = new Lease(listener, () => {
      this.#lent.delete(key);
      if (this.#closed || this.#range.first === 0) listener.close();
    });
    // Claimed before the first wait, so that two sessions never hold one port.
    this.#lent.set(key, lease);
    this.#bound.set(key, listener);
    try {
      await listener.listen();
      return lease;
    } catch (thrown) {
      this.#lent.delete(key);
      throw thrown;
    }
  }

  /** Takes the port of the session that has left its own unused for longest. */
  async #reclaim(localAddress: string): Promise<Lease | null> {
    const deadline = performance.now() - this.#abandonedAfterMs;
    for (const [key, lease] of this.#lent) {
      if (lease.kept || lease.lentAt > deadline || !key.startsWith(`${localAddress} `)) continue;
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
  readonly lentAt = performance.now();
  reclaimed = false;
  kept = false;
  readonly #listener: TcpListener;
  readonly #onReturn: () => void;
  #returned = false;
  #offered: TcpSocket | null = null;
  #take: ((socket: TcpSocket) => void) | null = null;

  constructor(listener: TcpListener, onReturn: () => void) {
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
    if (this.#take === null) this.#offered = socket;
    else this.#take(socket);
    return true;
  }

  keep(): void {
    this.kept = true;
  }

  giveBack(): void {
    if (this.#returned) return;
    this.#returned = true;
    this.#offered?.reset();
    this.#offered = null;
    this.#listener.stop();
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
