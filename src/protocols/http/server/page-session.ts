import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '#core/account.ts';
import { Secret } from '#core/secret.ts';
import { nameOf, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { pagePrefix } from '../contract/page/common.ts';
import type { LoginReply, PageFeatures, SessionState, SessionUser } from '../contract/page/session.ts';
import { demandCsrfToken, sessionCookie, webSessionOf } from './identify.ts';
import type { AdministratorLookup } from './services.ts';
import type { LoginSource, LoginStep, WebLogin } from './web-login.ts';
import { pageSchema } from './page/page-schema.ts';
import { relyingPartyOf } from './page/passkeys/relying-party.ts';
import type { KeptShare } from './page/shares/share-keeper.ts';
import { shareOf } from './page/shares/share-session.ts';
import type { WebSession, WebSessions } from './web-sessions.ts';

/** What the routes of logging in to the page stand on. */
export interface PageSessionOptions {
  readonly login: WebLogin;
  readonly sessions: WebSessions;
  readonly administrators: AdministratorLookup;
  readonly version: string;
  /** What the page may do here, but for the administration. */
  readonly features: Omit<PageFeatures, 'administration'>;
}

const credentialsBody = {
  type: 'object',
  additionalProperties: false,
  required: ['user', 'password'],
  properties: {
    user: { type: 'string', minLength: 1, maxLength: 255 },
    password: { type: 'string', maxLength: 1024 },
  },
} as const;

const codeBody = {
  type: 'object',
  additionalProperties: false,
  required: ['challenge', 'code'],
  properties: {
    challenge: { type: 'string', maxLength: 64 },
    code: { type: 'string', maxLength: 64 },
  },
} as const;

/** Serves logging in to the page and out of it. */
export function servePageSession(app: FastifyInstance, options: PageSessionOptions): void {
  const { login, sessions } = options;
  app.get(
    `${pagePrefix}/session`,
    { schema: pageSchema('Who the page talks to, and as whom') },
    async (request) => stateOf(webSessionOf(request, sessions), request, options),
  );
  app.post<{ Body: { readonly user: string; readonly password: string } }>(
    `${pagePrefix}/session/login`,
    { schema: pageSchema('Logs in by name and password', { body: credentialsBody }) },
    async (request, reply) => {
      const { user, password } = request.body;
      const credential = { kind: 'password', password: new Secret(password) } as const;
      const step = await login.byPassword(user, credential, sourceOf(request), leaving(request));
      return answer(step, request, reply, options);
    },
  );
  app.post<{ Body: { readonly challenge: string; readonly code: string } }>(
    `${pagePrefix}/session/code`,
    { schema: pageSchema('The second step: a one-time code', { body: codeBody }) },
    async (request, reply) => {
      const { challenge, code } = request.body;
      const credential = { kind: 'one-time-code', code: new Secret(code) } as const;
      const step = await login.byCode(challenge, credential, sourceOf(request), leaving(request));
      return answer(step, request, reply, options);
    },
  );
  app.delete(`${pagePrefix}/session`, { schema: pageSchema('Logs out') }, async (request, reply) => {
    const web = webSessionOf(request, sessions);
    if (web !== null) demandCsrfToken(request, web);
    sessions.close(request.cookies[sessionCookie], 'Logged out');
    void reply.clearCookie(sessionCookie, { path: '/' });
    return stateOf(null, request, options);
  });
}

async function answer(
  step: LoginStep,
  request: FastifyRequest,
  reply: FastifyReply,
  options: PageSessionOptions,
): Promise<LoginReply> {
  return step.outcome === 'code' ? step : enterPage(step.session, request, reply, options);
}

/** Lets a browser in by a session that was made for it. */
export async function enterPage(
  session: Session,
  request: FastifyRequest,
  reply: FastifyReply,
  options: PageSessionOptions,
): Promise<LoginReply> {
  // A login begins with a cookie of its own, whatever the browser brought along.
  options.sessions.close(request.cookies[sessionCookie], 'Logged in anew');
  const { cookie, web } = options.sessions.open(session);
  const secure = request.protocol === 'https';
  void reply.setCookie(sessionCookie, cookie, { path: '/', httpOnly: true, sameSite: 'strict', secure });
  void reply.header('cache-control', 'no-store');
  return { outcome: 'done', session: await stateOf(web, request, options) };
}

async function stateOf(
  web: WebSession | null,
  request: FastifyRequest,
  options: PageSessionOptions,
): Promise<SessionState> {
  const share = web === null ? null : shareOf(web.session);
  return {
    mode: 'hosted',
    title: request.hostname,
    version: options.version,
    csrfToken: web?.csrfToken ?? '',
    expiresAt: web?.expiresAt ?? null,
    ...(share === null
      ? await grantedTo(web?.session.account ?? null, request, options)
      : grantedBy(share, options)),
  };
}

/** Who somebody is on the page, and what it offers them. */
type Granted = Pick<SessionState, 'user' | 'features'>;

async function grantedTo(
  account: Account | null,
  request: FastifyRequest,
  { administrators, features }: PageSessionOptions,
): Promise<Granted> {
  const role = account === null ? null : await administrators.roleOf(account.name);
  return {
    user: account === null ? null : userOf(account),
    features: {
      ...features,
      passkeys: features.passkeys && relyingPartyOf(request) !== null,
      administration: role !== null,
    },
  };
}

function userOf({ name, home, access }: Account): SessionUser {
  return { name, home, readOnly: !access.decide('upload', home).allowed, share: null };
}

/** What a link gives, which is less than its owner has. */
function grantedBy({ account, path, access }: KeptShare, { features }: PageSessionOptions): Granted {
  const share = nameOf(path as VirtualPath) || '/';
  return {
    user: { name: account, home: '/', readOnly: access === 'read', share },
    features: {
      ...features,
      uploads: features.uploads && access !== 'read',
      archives: features.archives && access !== 'upload-only',
      shares: false,
      passkeys: false,
      administration: false,
    },
  };
}

/** Where a request comes from, as logins look at it. */
export function sourceOf(request: FastifyRequest): LoginSource {
  const { socket } = request.raw;
  const isTls = 'getProtocol' in socket;
  return {
    endpoint: {
      remoteAddress: request.ip,
      remotePort: socket.remotePort ?? 0,
      localAddress: socket.localAddress ?? '',
      localPort: socket.localPort ?? 0,
    },
    secure: request.protocol === 'https',
    tlsVersion: isTls ? (socket as TLSSocket).getProtocol() : null,
    host: request.hostname,
  };
}

/** Aborted when the browser leaves before its answer. */
export function leaving(request: FastifyRequest): AbortSignal {
  const controller = new AbortController();
  request.raw.socket.once('close', () => {
    controller.abort();
  });
  return controller.signal;
}
