import type { Connection } from '#core/connection.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { withRetries } from '../retry.ts';

/** How a pool opens and keeps its connections. */
export interface PoolOptions {
  /** Connections at most; fewer once the server has refused one. */
  readonly connections: number;
  /** Tries after the first, for connecting and for what a lost connection has interrupted. */
  readonly retries: number;
  /** Stops the first connecting. */
  readonly signal?: AbortSignal | undefined;
  /** Time after which a connection that nobody uses is closed, except the last (default 60,000). */
  readonly idleTimeoutMs?: number | undefined;
  /** How often an idle last connection is used so that the server does not end it; 0 (default) never. */
  readonly keepAliveMs?: number | undefined;
}

/** One connection of a pool and what it is doing. */
export interface Member {
  readonly connection: Connection;
  /** Files that are open over it. */
  transfers: number;
  /** Other operations under way. */
  operations: number;
  /** By the monotonic clock, in milliseconds. */
  usedAtMs: number;
}

/** What a connection counts. */
export type Work = 'transfers' | 'operations';

/** What a connection is taken for, by how much there is to do. */
export type Task = Work | 'small-transfers';

/** Open files from which a connection counts as having enough to do, before a further one is opened for more work. */
const busyAt: Readonly<Record<Task, (connection: Connection) => number>> = {
  transfers: () => 1,
  'small-transfers': ({ smallTransfers = 1 }) => smallTransfers,
  operations: ({ parallelTransfers }) => parallelTransfers,
};

/** Gives a connection back. */
export function release(member: Member, work: Work): void {
  member[work] -= 1;
  member.usedAtMs = performance.now();
}

const defaultIdleTimeoutMs = 60_000;

/** A limit that a server has shown is believed for this long: others may have left since. */
const limitLifeMs = 300_000;

/** What a server says that has too many connections already, or whoever stands before it. */
const refusals: ReadonlySet<string> = new Set([
  'too-many',
  'unavailable',
  'busy',
  'connection-refused',
  'timeout',
]);

/** The server is there and has no room: worth another try, while nobody at home is not. */
const worthWaiting: ReadonlySet<string> = new Set(['too-many', 'unavailable', 'busy']);

export type OpenConnection = (signal: AbortSignal | undefined) => Promise<Connection>;

/** The connections of a pool: opens, shares out, learns how many the server wants, and closes what is idle. */
export class Members {
  readonly #open: OpenConnection;
  readonly #options: PoolOptions;
  readonly #members: Member[] = [];
  #opening = 0;
  #closed = false;
  #learnedLimit = Number.POSITIVE_INFINITY;
  #learnedAtMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(open: OpenConnection, options: PoolOptions) {
    this.#open = open;
    this.#options = options;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Connections that may be open at once, as far as is known. */
  get limit(): number {
    if (performance.now() - this.#learnedAtMs > limitLifeMs) this.#learnedLimit = Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(this.#options.connections, this.#learnedLimit));
  }

  get count(): number {
    return this.#members.length;
  }

  /** Opens the first connection, with patience for a server that has no room at the moment. */
  async openFirst(): Promise<Connection> {
    const { retries, signal } = this.#options;
    return withRetries({ retries, signal }, async () => {
      try {
        return (await this.#add(signal)).connection;
      } catch (thrown) {
        const error = toWherryError(thrown, 'connect');
        if (error.retryable && !worthWaiting.has(error.code)) throw final(error);
        throw error;
      }
    });
  }

  /**
   * The connection to use, counted as used from now on: the one with the least to do, or a further one where all
   * have enough to do. {@link release} gives it back.
   */
  async take(task: Task, signal: AbortSignal | undefined): Promise<Member> {
    if (this.#closed) throw new WherryError('closed', 'The connection was closed');
    this.#dropLost();
    const best = this.#leastBusy();
    const isFree = best !== undefined && best.transfers < busyAt[task](best.connection);
    // Where all that may be opened are being opened by others, this one is opened beside them: there is none to share.
    const mayOpen = this.#members.length + this.#opening < this.limit && this.#isWanting(task);
    const member = best !== undefined && (isFree || !mayOpen) ? best : await this.#addOrShare(signal);
    member[task === 'operations' ? 'operations' : 'transfers'] += 1;
    return member;
  }

  /** Whether there is more to do than for the connections that are being opened; each of them is waited for by one. */
  #isWanting(task: Task): boolean {
    let excess = 0;
    let room = 0;
    for (const { connection, transfers } of this.#members) {
      const enough = busyAt[task](connection);
      excess += Math.max(0, transfers - enough);
      room = enough - 1;
    }
    return excess >= this.#opening * room;
  }

  async #addOrShare(signal: AbortSignal | undefined): Promise<Member> {
    try {
      return await this.#add(signal);
    } catch (thrown) {
      const error = toWherryError(thrown, 'connect');
      const other = this.#leastBusy();
      if (other === undefined || !refusals.has(error.code)) throw error;
      this.#learnedLimit = this.#members.length;
      this.#learnedAtMs = performance.now();
      return other;
    }
  }

  #leastBusy(): Member | undefined {
    let best: Member | undefined;
    for (const member of this.#members) {
      if (best === undefined || load(member) < load(best)) best = member;
    }
    return best;
  }

  async #add(signal: AbortSignal | undefined): Promise<Member> {
    this.#opening += 1;
    try {
      const connection = await this.#open(signal);
      if (this.#closed) {
        await connection.close();
        throw new WherryError('closed', 'The connection was closed');
      }
      const member = { connection, transfers: 0, operations: 0, usedAtMs: performance.now() };
      this.#members.push(member);
      this.#watch();
      return member;
    } finally {
      this.#opening -= 1;
    }
  }

  #dropLost(): void {
    for (let index = this.#members.length - 1; index >= 0; index -= 1) {
      if (this.#members[index]?.connection.isClosed === true) this.#members.splice(index, 1);
    }
  }

  #watch(): void {
    const { idleTimeoutMs = defaultIdleTimeoutMs, keepAliveMs = 0 } = this.#options;
    const intervalMs = Math.min(idleTimeoutMs, keepAliveMs > 0 ? keepAliveMs : idleTimeoutMs);
    // What a connection is used for keeps the process alive; watching it need not.
    this.#timer ??= setInterval(() => this.#sweep(performance.now()), intervalMs).unref();
  }

  #sweep(nowMs: number): void {
    this.#dropLost();
    const { idleTimeoutMs = defaultIdleTimeoutMs, keepAliveMs = 0 } = this.#options;
    const idle = this.#members.filter((member) => load(member) === 0);
    for (const member of idle) {
      if (this.#members.length > 1 && nowMs - member.usedAtMs >= idleTimeoutMs) {
        this.#members.splice(this.#members.indexOf(member), 1);
        member.connection.close().catch(() => undefined);
      } else if (keepAliveMs > 0 && nowMs - member.usedAtMs >= keepAliveMs) {
        member.usedAtMs = nowMs;
        Promise.resolve(member.connection.stat(member.connection.home)).catch(() => undefined);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const members = this.#members.splice(0);
    await Promise.all(members.map(({ connection }) => connection.close()));
  }
}

function load({ transfers, operations }: Member): number {
  return transfers + operations;
}

function final({ code, message, path, reply, status, cause }: WherryError): WherryError {
  return new WherryError(code, message, {
    retryable: false,
    cause,
    ...(path === undefined ? {} : { path }),
    ...(reply === undefined ? {} : { reply }),
    ...(status === undefined ? {} : { status }),
  });
}
