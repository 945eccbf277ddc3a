import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import { csrfHeader } from '../contract/page/common.ts';
import type { Identify } from './admin-plugin.ts';
import type { AdministratorLookup } from './services.ts';
import { shareOf } from './page/shares/share-session.ts';
import { isSameToken, type WebSession, type WebSessions } from './web-sessions.ts';

/** The cookie of a login to the page. */
export const sessionCookie = 'wherry_session';

/** Connections of the administration socket: whoever could open it is the owner of the machine. */
export type OwnerSockets = Pick<WeakSet<Socket>, 'has'>;

/** The login of the page that a request belongs to; null for none. */
export function webSessionOf(request: FastifyRequest, sessions: WebSessions): WebSession | null {
  return sessions.find(request.cookies[sessionCookie]);
}

/** Makes sure that a request which changes something comes from the page itself. @throws WherryError `permission` */
export function demandCsrfToken(request: FastifyRequest, { csrfToken }: WebSession): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const given = request.headers[csrfHeader];
  if (typeof given === 'string' && isSameToken(given, csrfToken)) return;
  throw new WherryError(
    'permission',
    `Not allowed: the header ${csrfHeader} with the token of the session is missing`,
  );
}

/** Knows who asks by their socket, their token or their login to the page. */
export function identifyBy(options: {
  readonly administrators: AdministratorLookup;
  readonly ownerSockets: OwnerSockets;
  readonly sessions: WebSessions | null;
}): Identify {
  const { administrators, ownerSockets, sessions } = options;
  return async (request) => {
    if (ownerSockets.has(request.raw.socket)) return { kind: 'owner' };
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const [, token = ''] = /^Bearer +([\w.-]{1,256})$/iu.exec(authorization) ?? [];
      const actor = token === '' ? null : await administrators.actorOfToken(token);
      if (actor === null) throw new WherryError('login-refused', 'The token is unknown, expired or revoked');
      return actor;
    }
    const web = sessions === null ? null : webSessionOf(request, sessions);
    const account = web?.session.account?.name;
    if (web !== null && shareOf(web.session) !== null)
      throw new WherryError('permission', 'Not allowed: a link lets nobody administer');
    if (web === null || account === undefined)
      throw new WherryError('login-refused', 'Log in, or give a token: Authorization: Bearer …');
    demandCsrfToken(request, web);
    const role = await administrators.roleOf(account);
    if (role === null) throw new WherryError('permission', 'Not allowed: this account administers nothing');
    return { kind: 'administrator', account, role, scopes: null };
  };
}
