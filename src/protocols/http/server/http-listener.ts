import { chmod, rm } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect, type AddressInfo, type ListenOptions } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, type SecureContext } from 'node:tls';
import { toWherryError, WherryError } from '#core/errors.ts';
import { openSocketAddress, type SocketAddress } from './socket-address.ts';

export interface HttpListenerOptions {
  readonly handle: RequestListener;
  /** Takes connections that are to speak another protocol (RFC 9110 section 7.8), as WebSockets; ended when absent. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** The certificate for the name that a client asks for, or for none; null where there is no TLS. */
  readonly contextFor: ((serverName: string | null) => SecureContext) | null;
  /** Connections of the administration socket are put in here. */
  readonly ownerSockets: WeakSet<Socket>;
}

/** First octet of a TLS record that begins a handshake (RFC 8446 section 5.1); no HTTP request begins with it. */
const tlsHandshake = 0x16;
/** For the first octet, and for a handshake. */
const beginningMs = 15_000;
const headersMs = 20_000;
const keepAliveMs = 65_000;
/** How often a listener that closes looks for connections that have nothing to do any more. */
const idleCheckMs = 100;
/** Connections of one port, of all addresses: each costs some tens of kilobytes. */
const maximumConnections = 4000;

/**
 * Requests of one connection whose answers may wait for those before them (RFC 9112 section 9.3.2). Browsers and curl send
 * none ahead; what is made for somebody who never reads is memory.
 */
const maximumPipelined = 32;

/** Takes HTTP, in the clear and in TLS on one port, and on a socket of the file system. */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #servers: Server[] = [];
  readonly #addresses: SocketAddress[] = [];
  readonly #sockets = new Set<Socket>();
  /** Those that have not said whether they speak TLS. */
  readonly #beginning = new Set<Socket>();

  constructor(options: HttpListenerOptions) {
    this.#options = options;
  }

  /**
   * Listens on a port, or on a descriptor that already listens.
   *
   * @returns where it listens
   * @throws WherryError what the system says of the port
   */
  async listen(
    where: { readonly host: string; readonly port: number } | { readonly fileDescriptor: number },
  ): Promise<{ readonly host: string; readonly port: number }> {
    const server = this.#makeServer();
    // Node's own listeners make HTTP of a connection; they come after the look at its first octet.
    const speakHttp = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      this.#begin(socket, (ready) => {
        for (const listener of speakHttp) Reflect.apply(listener, server, [ready]);
      });
    });
    server.maxConnections = maximumConnections;
    const options = 'port' in where ? { host: where.host, port: where.port } : { fd: where.fileDescriptor };
    const what = 'port' in where ? `${where.host} port ${where.port}` : `descriptor ${where.fileDescriptor}`;
    await listening(server, options, what);
    this.#servers.push(server);
    const { address, port } = server.address() as AddressInfo;
    return { host: 'port' in where ? where.host : address, port };
  }

  /**
   * Listens on a socket of the file system that only this user can open. One that a killed process left behind is
   * taken over.
   *
   * @throws WherryError `busy` when another process listens on it, or what the system says
   */
  async listenOnFile(file: string): Promise<void> {
    const address = openSocketAddress(file);
    this.#addresses.push(address);
    if (await isAnswered(address.path))
      throw new WherryError('busy', 'Cannot listen for administration: another wherry does');
    await rm(file, { force: true });
    const server = this.#makeServer();
    server.prependListener('connection', (socket: Socket) => {
      this.#options.ownerSockets.add(socket);
      this.#keep(socket);
    });
    // Made with no rights for others from its first moment on.
    const umask = process.umask(0o177);
    try {
      await listening(server, { path: address.path }, 'the administration socket');
    } finally {
      process.umask(umask);
    }
    await chmod(file, 0o600);
    this.#servers.push(server);
  }

  /** Stops listening, lets requests finish for so long, then ends every connection. */
  async close(graceMs: number): Promise<void> {
    const closed = this.#servers.map(
      async (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
        }),
    );
    for (const socket of this.#beginning) socket.destroy();
    // A connection whose answer is just being written is idle a moment later.
    const idleTimer = setInterval(() => {
      for (const server of this.#servers) server.closeIdleConnections();
    }, idleCheckMs);
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await Promise.all(closed);
    for (const address of this.#addresses.splice(0)) address.close();
    clearInterval(idleTimer);
    clearTimeout(timer);
  }

  #makeServer(): Server {
    // An upload may take hours, so a request as a whole has no end; what is silent in it the routes see to.
    const times = { headersTimeout: headersMs, requestTimeout: 0, keepAliveTimeout: keepAliveMs };
    const server = createHttpServer({ ...times, noDelay: true }, boundPipelining(this.#options.handle));
    if (this.#options.onUpgrade !== undefined) server.on('upgrade', this.#options.onUpgrade);
    return server;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Each connection is one peer's affair; what it broke shows in its requests.
    socket.on('error', () => socket.destroy());
  }

  /** The first octet tells whether it is TLS. */
  #begin(socket: Socket, speakHttp: (ready: Socket) => void): void {
    this.#keep(socket);
    this.#beginning.add(socket);
    const timer = setTimeout(() => socket.destroy(), beginningMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#beginning.delete(socket);
    });
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      this.#beginning.delete(socket);
      if (first[0] !== tlsHandshake) {
        clearTimeout(timer);
        speakHttp(socket);
        return;
      }
      const secure = this.#secure(socket);
      if (secure === null) return;
      // A peer that has said its last word completes no handshake.
      const vanish = (): void => {
        socket.destroy();
      };
      secure.once('end', vanish).resume();
      secure.once('secure', () => {
        clearTimeout(timer);
        secure.off('end', vanish);
        speakHttp(secure);
      });
    });
  }

  /** Begins a handshake; null where there is no TLS. */
  #secure(socket: Socket): TLSSocket | null {
    const { contextFor } = this.#options;
    try {
      if (contextFor === null) throw new WherryError('not-supported', 'There is no TLS here');
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: contextFor(null),
        ALPNProtocols: ['http/1.1'],
        SNICallback: (name, done) => {
          done(null, contextFor(name));
        },
      });
      this.#keep(secure);
      return secure;
    } catch {
      socket.destroy();
      return null;
    }
  }
}

/** Ends a connection that sends ever more requests without taking the answers. */
function boundPipelining(handle: RequestListener): RequestListener {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const count = (unanswered.get(socket) ?? 0) + 1;
    if (count > maximumPipelined) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    handle(request, response);
  };
}

async function listening(
  server: Server,
  options: ListenOptions | { readonly fd: number },
  what: string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((thrown: unknown) => {
    throw toWherryError(thrown, `listen on ${what}`);
  });
}

/** Whether a process listens on a socket of the file system. */
async function isAnswered(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(file);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => {
      resolve(false);
    });
  });
}
