import type { FastifyInstance, FastifyServerFactory } from 'fastify';
import { WherryError } from '#core/errors.ts';
import { serveAdministration, type Identify } from './admin-plugin.ts';
import { newApp } from './base-app.ts';
import { sendError } from './error-replies.ts';
import { serveHealth } from './health.ts';
import { identifyBy, sessionCookie, type OwnerSockets } from './identify.ts';
import { contentSecurityPolicy } from './page-headers.ts';
import { useSockets } from './page/event-socket.ts';
import { servePageSession, type PageSessionOptions } from './page-session.ts';
import type { HttpPlugin, HttpServices } from './services.ts';
import { isPlaceInPage, serveStaticPage } from './static-page.ts';

/** What there is beside the administration where HTTP is served on a port. */
export interface PublicHttpOptions {
  readonly page: PageSessionOptions;
  /** Directory of the built page. */
  readonly pageDirectory: string;
  readonly plugins: readonly HttpPlugin[];
  readonly requestsPerMinute: number;
  readonly trustedProxies: readonly string[];
  /** Nothing but health is told in the clear. */
  readonly requireTls: () => boolean;
}

export interface HttpAppOptions {
  readonly services: HttpServices;
  /** Connections of the machine's owner. */
  readonly ownerSockets: OwnerSockets;
  /** Null where there is nothing but the administration socket. */
  readonly public: PublicHttpOptions | null;
  /** Hears of what should not have happened, with all that is known of it. */
  readonly onProblem: (thrown: unknown) => void;
  readonly serverFactory?: FastifyServerFactory | undefined;
}

/** Makes the HTTP application: routes, who may use them, headers, and errors in one form. Nothing listens yet. */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const { services, ownerSockets } = options;
  const proxies = options.public?.trustedProxies ?? [];
  const app = newApp({
    trustedProxies: proxies,
    onProblem: options.onProblem,
    serverFactory: options.serverFactory,
  });
  if (options.public === null) {
    serveAdministration(app, services, identifyBy({ ...services, ownerSockets, sessions: null }));
  } else {
    await servePublic(app, options, options.public);
  }
  app.setNotFoundHandler(async (request, reply) => {
    const [address = ''] = request.url.split('?');
    if (hasPage(app) && isPlaceInPage(request.method, address)) return reply.sendFile('index.html');
    return sendError(reply, new WherryError('not-found', 'There is nothing at this address'));
  });
  await app.ready();
  return app;
}

async function servePublic(
  app: FastifyInstance,
  { services, ownerSockets }: HttpAppOptions,
  options: PublicHttpOptions,
): Promise<void> {
  const [{ default: cookie }, { default: helmet }, { default: rateLimit }, { default: swagger }] =
    await Promise.all([
      import('@fastify/cookie'),
      import('@fastify/helmet'),
      import('@fastify/rate-limit'),
      import('@fastify/swagger'),
    ]);
  await useSockets(app);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    xFrameOptions: { action: 'deny' },
    // Certificates of one's own making would lock people out for a year.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
  });
  await app.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: 60_000,
    cache: maximumCountedAddresses,
    // A socket of the file system has no address.
    keyGenerator: (request) => (ownerSockets.has(request.raw.socket) ? 'owner' : request.ip),
    allowList: (request) => ownerSockets.has(request.raw.socket),
    errorResponseBuilder: () => new WherryError('too-many', 'Too many requests, try again in a minute'),
  });
  await app.register(cookie);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'wherry',
        version: services.version,
        description: 'A wherry server: its administration, and the files of its accounts (tag page)',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
        },
      },
      security: [{ token: [] }],
    },
  });
  const { sessions } = options.page;
  const identify: Identify = identifyBy({ ...services, ownerSockets, sessions });
  app.addHook('onRequest', async (request) => {
    if (request.protocol === 'https' || ownerSockets.has(request.raw.socket) || !options.requireTls()) return;
    if (request.url === '/healthz' || request.url === '/readyz') return;
    throw new WherryError('permission', 'This server is used over TLS only: begin the address with https://');
  });
  serveHealth(app, services, identify);
  serveAdministration(app, services, identify);
  servePageSession(app, options.page);
  for (const plugin of options.plugins) await app.register(async (child) => plugin(child));
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await serveStaticPage(app, options.pageDirectory);
}

const maximumCountedAddresses = 20_000;

function hasPage(app: FastifyInstance): boolean {
  return app.hasReplyDecorator('sendFile');
}
