import type { Account } from '#core/account.ts';
import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { AccountShare } from './account-share.ts';
import type { EventBus, ProtocolName, SessionFacts, TransferDirection } from './events.ts';
import { guard, type Guard } from './guard.ts';
import type { Flow, FlowDirection } from './limits/flow.ts';
import { SpeedPair } from './limits/speed.ts';
import { limitedStorage } from './quota/limited-storage.ts';
import type { BeforeCheck } from './session-controls.ts';
import type { SessionRegistry } from './session-registry.ts';

/** What a session is moving right now; counters grow while it runs. */
export interface TransferProgress {
  readonly direction: TransferDirection;
  readonly path: string;
  readonly startedAt: number;
  /** Octets of the file moved so far. */
  readonly bytes: number;
  /** Octets in all where they are known. */
  readonly total: number | null;
}

/** Where a connection comes from and arrived, after a trusted proxy's word has been taken. */
export interface Endpoint {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** Why somebody whose proof was right is not let in, and whether the connection should end with it. */
export interface EntryRefusal {
  /** In words for the peer. */
  readonly reason: string;
  readonly code: 'too-many' | 'permission';
}

let sessionCounter = 0;

/** One connected peer, of whatever protocol: who it is, what it does, and the one way to end it. */
export class Session {
  /** Unique within the process, short enough to stand in every line of the log. */
  readonly id: string;
  readonly protocol: ProtocolName;
  readonly endpoint: Endpoint;
  readonly openedAt: number = Date.now();
  /** TLS version and cipher, or the SSH algorithms; null in the clear. */
  security: string | null = null;
  readonly #openedAtMs = performance.now();
  readonly #events: EventBus;
  readonly #end: (reason: string) => void;
  readonly #transfers = new Set<TransferProgress>();
  readonly #speed = new SpeedPair();
  readonly #within: Session | null;
  readonly #parts = new Set<Session>();
  #registry: SessionRegistry | null = null;
  #share: AccountShare | null = null;
  #account: Account | null = null;
  #guard: Guard | null = null;
  #uploads: Flow | null = null;
  #downloads: Flow | null = null;
  #lastActivityMs = performance.now();
  #over: AbortController | null = null;
  #ended = false;

  /**
   * @param end closes the connection with a reason; called by {@link kick}
   * @param within the connection's own session, which alone stands in the registry, for a part of it that tells its
   *   events by another name
   */
  constructor(options: {
    readonly protocol: ProtocolName;
    readonly endpoint: Endpoint;
    readonly events: EventBus;
    readonly end: (reason: string) => void;
    readonly within?: Session;
  }) {
    sessionCounter += 1;
    this.id = sessionCounter.toString(36);
    this.protocol = options.protocol;
    this.endpoint = options.endpoint;
    this.#events = options.events;
    this.#end = options.end;
    this.#within = options.within ?? null;
    if (this.#within !== null) this.#within.#parts.add(this);
  }

  get account(): Account | null {
    return this.#account;
  }

  /** The account's tree behind its rights; null before login. */
  get fileSystem(): FileSystem | null {
    return this.#guard?.fileSystem ?? null;
  }

  get events(): EventBus {
    return this.#events;
  }

  /** What it is moving, the latest begun first to be told; null when it moves nothing. */
  get transfer(): TransferProgress | null {
    let latest: TransferProgress | null = null;
    for (const progress of this.#transfers) latest = progress;
    return latest;
  }

  /** Milliseconds without a command or a transfer. */
  get idleMs(): number {
    return this.#transfers.size > 0 ? 0 : performance.now() - this.#lastActivityMs;
  }

  /** Aborted when the session is over, for waits that nobody is left to see the end of. */
  get signal(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.#ended) this.#over.abort();
    return this.#over.signal;
  }

  /** Who may forbid what the rights allow; null for nobody. */
  get before(): BeforeCheck | null {
    return this.#within === null ? (this.#registry?.controls.before ?? null) : this.#within.before;
  }

  /** Who and from where, for an event. */
  facts(): SessionFacts {
    return {
      session: this.id,
      protocol: this.protocol,
      remoteAddress: this.endpoint.remoteAddress,
      remotePort: this.endpoint.remotePort,
      account: this.#account?.name ?? null,
    };
  }

  /** Whether transfers of this direction are to be hashed as they pass. */
  digests(direction: FlowDirection): boolean {
    if (this.#within !== null) return this.#within.digests(direction);
    return this.#registry?.controls.digest[direction] ?? false;
  }

  /** What octets of this direction have to pass now; null for nothing. Asked before each piece. */
  flow(direction: FlowDirection): Flow | null {
    if (this.#within !== null) return this.#within.flow(direction);
    return direction === 'upload' ? this.#uploads : this.#downloads;
  }

  /** The client has said something. */
  touch(): void {
    this.#lastActivityMs = performance.now();
    this.#within?.touch();
  }

  /** Shows a transfer as running until {@link endTransfer}. */
  beginTransfer(progress: TransferProgress): void {
    this.#transfers.add(progress);
    this.#within?.beginTransfer(progress);
  }

  endTransfer(progress: TransferProgress): void {
    if (this.#transfers.delete(progress)) this.touch();
    this.#within?.endTransfer(progress);
  }

  /**
   * Takes on an account whose proof was right, unless it has too many sessions or a hook forbids it.
   *
   * @returns why not; null when the session is the account's now
   */
  enter(account: Account): Awaitable<EntryRefusal | null> {
    const { before } = this;
    if (before?.asks('login') !== true) return this.#settle(account, null);
    const facts = { ...this.facts(), account: account.name };
    const reason = before.refusal({ ...facts, action: 'login', path: null, other: null });
    return isPending(reason)
      ? reason.then((late) => this.#settle(account, late))
      : this.#settle(account, reason);
  }

  /** Takes on an account, or puts it off with null. */
  become(account: Account | null): void {
    if (this.#account !== null) this.#registry?.leave(this, this.#account.name);
    this.#account = account;
    this.#share = account === null ? null : this.#join(account);
    this.#guard =
      account === null ? null : guard(this, { account, storage: limitedStorage(account, this.#share) });
    this.refreshFlows();
  }

  /** Goes on with what the same account is now, also in what runs. */
  update(account: Account): void {
    this.#account = account;
    this.#share?.update(account);
    this.#guard?.update({ account, storage: limitedStorage(account, this.#share) });
    this.refreshFlows();
    for (const part of this.#parts) part.update(account);
  }

  /** Takes its place in the registry, which knows what holds for it; called by the registry. */
  attach(registry: SessionRegistry): void {
    this.#registry = registry;
    if (this.#account !== null) this.become(this.#account);
  }

  /** Looks again at what limits hold. */
  refreshFlows(): void {
    this.#speed.set(this.#account?.limits?.sessionSpeed ?? null);
    const server = this.#registry?.speed;
    const share = this.#share;
    const flow = (direction: FlowDirection): Flow | null =>
      server === undefined || share === null ? null : share.flow(direction, { server, session: this.#speed });
    this.#uploads = flow('upload');
    this.#downloads = flow('download');
  }

  /** Why the account's own time-outs end it at this moment; null when they do not. */
  expiry(nowMs: number): string | null {
    const limits = this.#account?.limits;
    if (limits === undefined) return null;
    const { sessionTimeoutMs, idleTimeoutMs } = limits;
    if (sessionTimeoutMs !== null && nowMs - this.#openedAtMs > sessionTimeoutMs) {
      return 'The session has lasted as long as it may';
    }
    return idleTimeoutMs !== null && this.idleMs > idleTimeoutMs ? 'Idle for too long' : null;
  }

  /** Ends the session from outside, as an administrator or a shutdown does. */
  kick(reason: string): void {
    this.#end(reason);
  }

  /** The connection is over: what waits for its sake waits no longer. Safe to call twice. */
  end(): void {
    this.#ended = true;
    this.#over?.abort();
    for (const part of this.#parts) part.end();
    if (this.#within !== null) this.#within.#parts.delete(this);
  }

  #join(account: Account): AccountShare | null {
    return this.#within === null ? (this.#registry?.join(this, account) ?? null) : this.#within.#share;
  }

  #settle(account: Account, forbidden: string | null): EntryRefusal | null {
    if (forbidden !== null) return { code: 'permission', reason: forbidden };
    const reason = this.#registry?.refusalOf(account, this.endpoint.remoteAddress) ?? null;
    if (reason !== null) return { code: 'too-many', reason };
    this.become(account);
    return null;
  }
}
