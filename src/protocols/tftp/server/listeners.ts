import type { RemoteInfo, Socket } from 'node:dgram';
import { toWherryError } from '#core/errors.ts';
import { addressesOf, isWildcard } from './local-addresses.ts';
import { createPeerSocket, enlargeReceiveBuffer } from './peer-link.ts';

/** One address of this machine that requests come to. */
export interface Listener {
  readonly address: string;
  send(packet: Uint8Array, port: number, address: string): void;
}

/** Takes a packet that came to a listener. */
export type ListenerPacket = (listener: Listener, packet: Buffer, from: RemoteInfo) => void;

interface Bound extends Listener {
  readonly socket: Socket;
}

/** Times that another port is tried when the one that the system chose is taken on another address. */
const portAttempts = 16;

/**
 * The listening sockets, one per address. A socket on the wildcard address could not tell which address a client
 * has asked, and the answer must come from that one (RFC 1123 section 4.2.3.6 in the end rests on it). Broadcasts,
 * which nobody may answer, do not reach such sockets at all.
 */
export class Listeners {
  readonly #host: string;
  readonly #reusePort: boolean;
  readonly #onPacket: ListenerPacket;
  readonly #bound = new Map<string, Bound>();
  #port = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: {
    readonly host: string;
    readonly reusePort: boolean;
    readonly onPacket: ListenerPacket;
  }) {
    this.#host = options.host;
    this.#reusePort = options.reusePort;
    this.#onPacket = options.onPacket;
  }

  get port(): number {
    return this.#port;
  }

  get addresses(): readonly string[] {
    return [...this.#bound.keys()];
  }

  /**
   * Listens on every address, all with the same port.
   *
   * @throws WherryError what the system says of the port; nothing listens then
   */
  open(port: number, checkMs: number): void {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#openAll(port);
        break;
      } catch (thrown) {
        this.close();
        const error = toWherryError(thrown, `listen for TFTP on ${this.#host} port ${port}`);
        if (port !== 0 || attempt === portAttempts || !isInUse(thrown)) throw error;
      }
    }
    if (!isWildcard(this.#host)) return;
    this.#timer = setInterval(() => {
      this.refresh();
    }, checkMs);
  }

  /** Follows the addresses that came and went. One that cannot be had yet is tried again the next time. */
  refresh(): void {
    const present = new Set(addressesOf(this.#host));
    for (const [address, { socket }] of this.#bound) {
      if (present.has(address)) continue;
      this.#bound.delete(address);
      socket.close();
    }
    for (const address of present) {
      if (this.#bound.has(address)) continue;
      try {
        this.#bind(address, this.#port);
      } catch {
        // A new IPv6 address cannot be bound until the network has been asked whether it is unique.
      }
    }
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const { socket } of this.#bound.values()) socket.close();
    this.#bound.clear();
  }

  #openAll(port: number): void {
    this.#port = port;
    for (const address of addressesOf(this.#host)) {
      try {
        this.#port = this.#bind(address, this.#port);
      } catch (thrown) {
        if (!isWildcard(this.#host) || !isUnavailable(thrown)) throw thrown;
      }
    }
  }

  #bind(address: string, port: number): number {
    const socket = createPeerSocket(address, this.#reusePort ? { reusePort: true } : {});
    socket.on('error', () => undefined);
    try {
      const bound = socket.bindSync({ address, port });
      enlargeReceiveBuffer(socket);
      const listener: Bound = {
        address,
        socket,
        send: (packet, toPort, to) => {
          if (this.#bound.get(address) === listener) socket.send(packet, toPort, to);
        },
      };
      socket.on('message', (packet, from) => {
        this.#onPacket(listener, packet, from);
      });
      this.#bound.set(address, listener);
      return bound.port;
    } catch (thrown) {
      socket.close();
      throw thrown;
    }
  }
}

function errnoOf(thrown: unknown): unknown {
  return (thrown as { code?: unknown } | null)?.code;
}

function isInUse(thrown: unknown): boolean {
  return errnoOf(thrown) === 'EADDRINUSE';
}

function isUnavailable(thrown: unknown): boolean {
  return errnoOf(thrown) === 'EADDRNOTAVAIL';
}
