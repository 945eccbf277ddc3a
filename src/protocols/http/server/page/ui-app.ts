import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import { newApp } from '../base-app.ts';
import { csrfHeader, pagePrefix } from '../../contract/page/common.ts';
import type { SessionState } from '../../contract/page/session.ts';
import { contentSecurityPolicy } from '../page-headers.ts';
import { isPlaceInPage, serveStaticPage } from '../static-page.ts';
import { isSameToken } from '../web-sessions.ts';
import { useSockets } from './event-socket.ts';
import type { PageService } from './page-service.ts';
import { servePage, type PageAccess } from './serve-page.ts';

/** What `wherry ui` serves on loopback. */
export interface UiAppOptions {
  readonly service: PageService;
  readonly pageDirectory: string;
  /** What the page says of itself and of its user. */
  readonly session: Pick<SessionState, 'title' | 'version' | 'features'> & {
    readonly user: NonNullable<SessionState['user']>;
  };
  readonly onProblem: (thrown: unknown) => void;
}

/** The application, and the token that lets one browser in. */
export interface UiApp {
  readonly app: FastifyInstance;
  /** Works once; it stands in the fragment of the address, which no browser sends by itself. */
  readonly token: string;
}

const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
const tokenOctets = 32;

const tokenBody = {
  type: 'object',
  additionalProperties: false,
  required: ['token'],
  properties: { token: { type: 'string', minLength: 1, maxLength: 128 } },
} as const;

/**
 * Makes the application of `wherry ui`. Whoever can reach loopback is not yet its user: other users of the machine,
 * and every web site in the user's own browser, can. So requests must name this very host and port (which a name that
 * was bound anew to 127.0.0.1 does not), come from the page's own origin, and bring the cookie that the one-time token
 * was turned into.
 */
export async function createUiApp(options: UiAppOptions): Promise<UiApp> {
  const [{ default: cookie }, { default: helmet }] = await Promise.all([
    import('@fastify/cookie'),
    import('@fastify/helmet'),
  ]);
  const app = newApp({ onProblem: options.onProblem });
  await useSockets(app);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
  });
  await app.register(cookie);
  app.addHook('onRequest', async (request) => {
    demandOwnAddress(request);
  });
  const login = new UiLogin();
  serveSession(app, login, options);
  const access: PageAccess = {
    serviceFor: (request) => {
      login.demand(request);
      return options.service;
    },
    serviceForSocket: (request) => {
      login.demandCookie(request);
      return options.service;
    },
  };
  servePage(app, access);
  const hasPage = await serveStaticPage(app, options.pageDirectory);
  app.setNotFoundHandler(async (request, reply) => {
    const [address = ''] = request.url.split('?');
    if (hasPage && isPlaceInPage(request.method, address)) return reply.sendFile('index.html');
    throw new WherryError('not-found', 'There is nothing at this address');
  });
  return { app, token: login.token };
}

/** @throws WherryError `permission` for a request that was sent to another name, or by another site */
function demandOwnAddress({ headers, socket }: FastifyRequest): void {
  const { host = '', origin } = headers;
  const match = /^(.*):(\d+)$/u.exec(host);
  const isOwn = match !== null && loopbackHosts.has(match[1] ?? '') && Number(match[2]) === socket.localPort;
  if (!isOwn) throw new WherryError('permission', 'Not allowed: this address is not the one of wherry ui');
  const site = headers['sec-fetch-site'];
  const isForeign =
    (origin !== undefined && origin !== `http://${host}`) || site === 'cross-site' || site === 'same-site';
  // A link from elsewhere may open the page itself, which shows nothing without the cookie.
  const opensPage = origin === undefined && headers['sec-fetch-mode'] === 'navigate';
  if (isForeign && !opensPage)
    throw new WherryError('permission', 'Not allowed: the request came from another site');
}

/** Lets in whoever brings the token, once, and knows them by a cookie from then on. */
class UiLogin {
  readonly token = randomBytes(tokenOctets).toString('base64url');
  readonly csrfToken = randomBytes(tokenOctets).toString('base64url');
  readonly #secret = randomBytes(tokenOctets).toString('base64url');
  #tokenIsGood = true;

  /** @returns the cookie's value @throws WherryError `login-refused` */
  enter(token: string): string {
    if (!this.#tokenIsGood || !isSameToken(token, this.token)) {
      throw new WherryError(
        'login-refused',
        'This address was used already or is not right: start "wherry ui" again for a new one',
      );
    }
    this.#tokenIsGood = false;
    return this.#secret;
  }

  isIn(request: FastifyRequest): boolean {
    const given = request.cookies[cookieName(request)];
    return given !== undefined && isSameToken(given, this.#secret);
  }

  demandCookie(request: FastifyRequest): void {
    if (!this.isIn(request))
      throw new WherryError('login-refused', 'Open the address that "wherry ui" has printed');
  }

  demand(request: FastifyRequest): void {
    this.demandCookie(request);
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const given = request.headers[csrfHeader];
    if (typeof given !== 'string' || !isSameToken(given, this.csrfToken))
      throw new WherryError('permission', `Not allowed: the header ${csrfHeader} is missing`);
  }
}

/** Cookies do not know ports, and two of these may run side by side. */
function cookieName({ socket }: FastifyRequest): string {
  return `wherry_ui_${socket.localPort}`;
}

function serveSession(app: FastifyInstance, login: UiLogin, { session }: UiAppOptions): void {
  const stateFor = (isIn: boolean): SessionState => ({
    mode: 'local',
    title: session.title,
    version: session.version,
    user: isIn ? session.user : null,
    csrfToken: isIn ? login.csrfToken : '',
    features: session.features,
    expiresAt: null,
  });
  app.get(`${pagePrefix}/session`, (request, reply) => {
    void reply.header('cache-control', 'no-store');
    return stateFor(login.isIn(request));
  });
  app.post<{ Body: { readonly token: string } }>(
    `${pagePrefix}/session/token`,
    { schema: { body: tokenBody } },
    (request, reply) => {
      const value = login.enter(request.body.token);
      void reply.header('cache-control', 'no-store');
      void reply.setCookie(cookieName(request), value, { path: '/', httpOnly: true, sameSite: 'strict' });
      return stateFor(true);
    },
  );
  app.delete(`${pagePrefix}/session`, (request, reply) => {
    login.demand(request);
    void reply.clearCookie(cookieName(request), { path: '/' });
    return stateFor(false);
  });
}
