import type { Account } from '#core/account.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { EventBus, ProtocolName, SessionFacts, TransferDirection } from './events.ts';
import { guard } from './guard.ts';

/** What a session is moving right now; counters grow while it runs. */
export interface TransferProgress {
  readonly direction: TransferDirection;
  readonly path: string;
  readonly startedAt: number;
  /** Octets of the file moved so far. */
  bytes: number;
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
  transfer: TransferProgress | null = null;
  readonly #events: EventBus;
  readonly #end: (reason: string) => void;
  #account: Account | null = null;
  #fileSystem: FileSystem | null = null;

  /** @param end closes the connection with a reason; called by {@link kick} */
  constructor(options: {
    readonly protocol: ProtocolName;
    readonly endpoint: Endpoint;
    readonly events: EventBus;
    readonly end: (reason: string) => void;
  }) {
    sessionCounter += 1;
    this.id = sessionCounter.toString(36);
    this.protocol = options.protocol;
    this.endpoint = options.endpoint;
    this.#events = options.events;
    this.#end = options.end;
  }

  get account(): Account | null {
    return this.#account;
  }

  /** The account's tree behind its rights; null before login. */
  get fileSystem(): FileSystem | null {
    return this.#fileSystem;
  }

  get events(): EventBus {
    return this.#events;
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

  /** Takes on an account, or puts it off with null. */
  become(account: Account | null): void {
    this.#account = account;
    this.#fileSystem = account === null ? null : guard(account, this);
  }

  /** Ends the session from outside, as an administrator or a shutdown does. */
  kick(reason: string): void {
    this.#end(reason);
  }
}
