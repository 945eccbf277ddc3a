import type { Socket } from 'node:net';
import type { Endpoint } from '#engine/session.ts';
import type { Awaitable, TcpSocket, ZeroCopy } from '#native/index.ts';

/** A connection within this machine that shows the ends of the one it is the last leg of. */
export class RelayedSocket implements TcpSocket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly zeroCopy: ZeroCopy | null;
  readonly #leg: TcpSocket;

  constructor(leg: TcpSocket, ends: Endpoint) {
    this.#leg = leg;
    this.zeroCopy = leg.zeroCopy;
    this.remoteAddress = ends.remoteAddress;
    this.remotePort = ends.remotePort;
    this.localAddress = ends.localAddress;
    this.localPort = ends.localPort;
  }

  read(target: Uint8Array): Awaitable<number> {
    return this.#leg.read(target);
  }

  onceReadable(listener: () => void): void {
    this.#leg.onceReadable(listener);
  }

  write(source: Uint8Array): Awaitable<void> {
    return this.#leg.write(source);
  }

  writeLatin1(text: string): Awaitable<void> {
    return this.#leg.writeLatin1(text);
  }

  end(): Awaitable<void> {
    return this.#leg.end();
  }

  destroy(): void {
    this.#leg.destroy();
  }

  reset(): void {
    this.#leg.reset();
  }

  waitForPeerClose(signal?: AbortSignal): Promise<void> {
    return this.#leg.waitForPeerClose(signal);
  }

  toNodeSocket(readInto?: Buffer): Socket {
    return this.#leg.toNodeSocket(readInto);
  }
}
