import { createServer, isIP } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Awaitable } from '../awaitable.ts';
import type { BindOptions, TcpListener, TcpListenerFactory, TcpSocket } from '../contract.ts';
import { PendingAccept } from '../pending-accept.ts';
import { abortError, systemError } from '../system-error.ts';
import { PortableTcpSocket } from './tcp-socket.ts';

const defaultBacklog = 32;

/**
 * A {@link TcpListener} on servers of Node's. Node cannot bind without listening, so between `bind`, `stop` and
 * `listen` the port is only remembered, and another program may take it.
 */
export class PortableTcpListener implements TcpListener {
  readonly #port: number;
  readonly #options: BindOptions;
  #server: Server | undefined;
  #starting: Promise<void> | undefined;
  readonly #queue: Socket[] = [];
  readonly #pending = new PendingAccept<TcpSocket>();
  #closed = false;

  /** A descriptor that listens already, until it has been taken over. */
  readonly #inherited: number | null;

  private constructor(options: BindOptions, port: number, inherited: number | null = null) {
    this.#options = options;
    this.#port = port;
    this.#inherited = inherited;
  }

  get port(): number {
    const address = this.#inherited === null ? null : this.#server?.address();
    return typeof address === 'object' && address !== null ? address.port : this.#port;
  }

  /**
   * Takes over a descriptor that another program has bound and made to listen, as systemd does. Once stopped it
   * listens no more.
   */
  static async adopt(descriptor: number, backlog?: number): Promise<PortableTcpListener> {
    const adopted = new PortableTcpListener({ host: '::', port: 0, backlog }, 0, descriptor);
    await adopted.listen();
    return adopted;
  }

  static async bind(options: BindOptions): Promise<PortableTcpListener> {
    if (isIP(options.host) === 0) throw systemError('EINVAL', 'bind');
    const server = createServer((socket) => socket.destroy());
    await startListening(server, options, { port: options.port });
    const { port } = server.address() as AddressInfo;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    return new PortableTcpListener(options, port);
  }

  listen(): Awaitable<void> {
    if (this.#closed) throw abortError();
    if (this.#server !== undefined) return this.#starting;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
      this.#take(server, socket),
    );
    this.#server = server;
    this.#starting = startListening(server, this.#options, this.#inherited ?? { port: this.#port }).then(
      () => {
        if (this.#server === server) this.#starting = undefined;
        // As with the addon, only a waiting `accept` keeps the process alive.
        if (this.#server === server && !this.#pending.waiting) server.unref();
        if (this.#server !== server) server.close();
      },
      (error: unknown) => {
        if (this.#server === server) this.#server = this.#starting = undefined;
        throw error;
      },
    );
    return this.#starting;
  }

  accept(signal?: AbortSignal): Awaitable<TcpSocket> {
    if (signal?.aborted || this.#closed || this.#server === undefined) throw abortError();
    const queued = this.#queue.shift();
    if (queued !== undefined) return new PortableTcpSocket(queued);
    const server = this.#server;
    server.ref();
    return this.#pending.wait(signal, () => server.unref());
  }

  stop(): void {
    const server = this.#server;
    this.#server = undefined;
    this.#pending.fail(abortError());
    for (const socket of this.#queue.splice(0)) socket.resetAndDestroy();
    // A server still starting is closed when it has started.
    if (this.#starting === undefined) server?.close();
    this.#starting = undefined;
  }

  rest(): void {
    this.stop();
  }

  close(): void {
    this.stop();
    this.#closed = true;
  }

  #take(server: Server, socket: Socket): void {
    if (this.#server !== server || this.#queue.length >= (this.#options.backlog ?? defaultBacklog)) {
      socket.resetAndDestroy();
      return;
    }
    if (this.#pending.waiting) this.#pending.settle(new PortableTcpSocket(socket));
    else this.#queue.push(socket);
  }
}

/** Makes {@link PortableTcpListener}s. */
export const portableTcpListener: TcpListenerFactory = {
  bind: (options) => PortableTcpListener.bind(options),
};

function startListening(
  server: Server,
  options: BindOptions,
  where: number | { readonly port: number },
): Promise<void> {
  const { host, ipv6Only = false, backlog = defaultBacklog } = options;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const place =
      typeof where === 'number' ? { fd: where, backlog } : { host, port: where.port, backlog, ipv6Only };
    server.listen(place, () => {
      server.off('error', reject);
      // Accepting can fail for want of descriptors; the connection is lost, the server goes on.
      server.on('error', () => undefined);
      resolve();
    });
  });
}
