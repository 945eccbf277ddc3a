import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { ListenerFacts } from '#engine/events.ts';
import type { Session } from '#engine/session.ts';
import type { HttpAppOptions } from './app.ts';
import { HttpListener, type HttpListenerOptions } from './http-listener.ts';
import type { PageFeatures } from '../contract/page/session.ts';
import type { PageSessionOptions } from './page-session.ts';
import type { HttpPlugin, HttpServices, LoginServices } from './services.ts';
import { WebLogin } from './web-login.ts';
import { WebSessions } from './web-sessions.ts';

/** What further routes stand on. */
export interface PluginContext {
  readonly sessions: WebSessions;
  /** How browsers are let in. */
  readonly page: PageSessionOptions;
  readonly login: LoginServices;
}

export interface HttpServerOptions {
  readonly services: HttpServices;
  readonly login: LoginServices;
  /** Null where only the administration socket is served. */
  readonly listen:
    { readonly host: string; readonly port: number } | { readonly fileDescriptor: number } | null;
  /** The socket of the machine's owner; null for none. */
  readonly socketFile: string | null;
  readonly contextFor: ((serverName: string | null) => SecureContext) | null;
  readonly sessionLifetimeMs: number;
  readonly requestsPerMinute: number;
  readonly trustedProxies: readonly string[];
  readonly requireTls: () => boolean;
  readonly pageDirectory: string;
  readonly features: Omit<PageFeatures, 'administration'>;
  /** Further routes, over the logins of the page. */
  readonly plugins: (http: PluginContext) => readonly HttpPlugin[];
  /** Told in one sentence what went wrong. */
  readonly onProblem: (message: string) => void;
}

/** HTTP of a running server. */
export interface HttpServer {
  readonly listeners: readonly ListenerFacts[];
  /** The logins of the page, for plugins that serve them files. */
  readonly sessions: WebSessions;
  close(graceMs: number, reason: string): Promise<void>;
}

/**
 * Listens for HTTP. The application behind it, Fastify with all its routes, is loaded by the first request: a server
 * that nobody asks over HTTP spends neither the time nor the memory.
 *
 * @throws WherryError what the system says of the port or the socket
 */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const { login, services } = options;
  const end = (session: Session, reason: string): void => {
    login.sessions.remove(session, reason);
  };
  const sessions = new WebSessions({ lifetimeMs: options.sessionLifetimeMs, onEnd: end });
  const webLogin = new WebLogin(login, (session, reason) => {
    sessions.forget(session);
    end(session, reason);
  });
  const tellProblem = (thrown: unknown): void => {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    options.onProblem(`Cannot answer over HTTP: ${why}`);
  };
  const ownerSockets = new WeakSet<Socket>();
  const page: PageSessionOptions = {
    login: webLogin,
    sessions,
    administrators: services.administrators,
    version: services.version,
    features: options.features,
  };
  const application = new LazyApplication({
    services,
    ownerSockets,
    onProblem: tellProblem,
    public: {
      page,
      pageDirectory: options.pageDirectory,
      plugins: options.plugins({ sessions, page, login }),
      requestsPerMinute: options.requestsPerMinute,
      trustedProxies: options.trustedProxies,
      requireTls: options.requireTls,
    },
  });
  const handle: RequestListener = (request, response) => {
    application.handler().then(
      (route) => {
        route(request, response);
      },
      (thrown: unknown) => {
        tellProblem(thrown);
        response.writeHead(503).end();
      },
    );
  };
  const onUpgrade: HttpListenerOptions['onUpgrade'] = (request, socket, head) => {
    application.upgrade(request, socket, head).catch((thrown: unknown) => {
      tellProblem(thrown);
      socket.destroy();
    });
  };
  const listener = new HttpListener({ handle, onUpgrade, contextFor: options.contextFor, ownerSockets });
  const close = async (graceMs: number, reason: string): Promise<void> => {
    await listener.close(graceMs);
    sessions.closeAll(reason);
    await application.close();
  };
  try {
    if (options.socketFile !== null) await listener.listenOnFile(options.socketFile);
    const place = options.listen === null ? null : await listener.listen(options.listen);
    const listeners = place === null ? [] : [{ protocol: 'http' as const, ...place }];
    return { listeners, sessions, close };
  } catch (thrown) {
    await close(0, 'The server could not start');
    throw thrown;
  }
}

/** The Fastify application, made when it is first needed. */
class LazyApplication {
  readonly #options: HttpAppOptions;
  #made: Promise<{ readonly app: FastifyInstance; readonly route: RequestListener }> | null = null;

  constructor(options: HttpAppOptions) {
    this.#options = options;
  }

  async handler(): Promise<RequestListener> {
    this.#made ??= this.#make();
    return (await this.#made).route;
  }

  /** Gives a connection that is to become a WebSocket to the routes of those. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#made ??= this.#make();
    const { app } = await this.#made;
    if (!app.server.emit('upgrade', request, socket, head)) socket.destroy();
  }

  async close(): Promise<void> {
    const made = await this.#made?.catch(() => null);
    await made?.app.close();
  }

  async #make(): Promise<{ readonly app: FastifyInstance; readonly route: RequestListener }> {
    const [{ createHttpApp }, { createServer }] = await Promise.all([
      import('./app.ts'),
      import('node:http'),
    ]);
    let route: RequestListener = () => undefined;
    const app = await createHttpApp({
      ...this.#options,
      serverFactory: (handler) => {
        route = handler;
        // Fastify wants a server of its own; connections come from ours.
        return createServer();
      },
    });
    return { app, route };
  }
}
