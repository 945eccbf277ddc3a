import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toWherryError, WherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import { Secret } from '#core/secret.ts';
import { nameOf, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { pagePrefix } from '../../../contract/page/common.ts';
import type { ShareGate, ShareRecord, ShareRequest } from '../../../contract/page/shares.ts';
import type { PluginContext } from '../../http-server.ts';
import { demandCsrfToken, webSessionOf } from '../../identify.ts';
import { enterPage, sourceOf } from '../../page-session.ts';
import { pageSchema } from '../page-schema.ts';
import { ShareGates } from './share-gate.ts';
import { shareOf } from './share-session.ts';
import type { KeptShare, ShareKeeper } from './share-keeper.ts';

const nullable = (schema: object): object => ({ anyOf: [schema, { type: 'null' }] });

const shareBody = {
  type: 'object',
  additionalProperties: false,
  required: ['path', 'access', 'password', 'expiresAt', 'maximumUses', 'note'],
  properties: {
    path: { type: 'string', minLength: 1, maxLength: 4096, pattern: '^/' },
    access: { enum: ['read', 'upload-only', 'read-and-upload'] },
    password: nullable({ type: 'string', minLength: 1, maxLength: 1024 }),
    expiresAt: nullable({ type: 'integer', minimum: 0, maximum: 8.64e15 }),
    maximumUses: nullable({ type: 'integer', minimum: 1, maximum: 1_000_000_000 }),
    note: { type: 'string', maxLength: 1024 },
  },
} as const;

const gateBody = {
  type: 'object',
  additionalProperties: false,
  required: ['password'],
  properties: { password: nullable({ type: 'string', maxLength: 1024 }) },
} as const;

/** Serves share links: making and removing them for whoever is logged in, and visits for everybody who has one. */
export function serveShares(
  app: FastifyInstance,
  { sessions, page, login }: PluginContext,
  keeper: ShareKeeper,
): void {
  const gates = new ShareGates({
    keeper,
    login,
    onEnd: (session, reason) => {
      sessions.forget(session);
      login.sessions.remove(session, reason);
    },
  });
  const ownerOf = (request: FastifyRequest): { readonly session: Session; readonly account: string } => {
    const web = webSessionOf(request, sessions);
    const account = web?.session.account?.name;
    if (web === null || account === undefined)
      throw new WherryError('login-refused', 'Log in to share files');
    demandCsrfToken(request, web);
    if (shareOf(web.session) !== null)
      throw new WherryError('permission', 'Not allowed: what came by a link is not shared further');
    return { session: web.session, account };
  };
  const audited = async <T>(
    request: FastifyRequest,
    what: { readonly actor: string; readonly action: string; readonly target: string },
    run: () => Promise<T>,
  ): Promise<T> => {
    const tell = (outcome: 'completed' | 'failed', detail: string | null): void =>
      login.events.emit({ event: 'administration', ...what, remoteAddress: request.ip, outcome, detail });
    try {
      const result = await run();
      tell('completed', null);
      return result;
    } catch (thrown) {
      tell('failed', toWherryError(thrown, 'share it').code);
      throw thrown;
    }
  };
  app.get(
    `${pagePrefix}/shares`,
    { schema: pageSchema('The share links of the account') },
    (request, reply) => {
      const { account } = ownerOf(request);
      void reply.header('cache-control', 'no-store');
      return { shares: keeper.listOf(account).map((share) => recordOf(share, null)) };
    },
  );
  app.post<{ Body: ShareRequest }>(
    `${pagePrefix}/shares`,
    { schema: pageSchema('Makes a share link', { body: shareBody }) },
    async (request, reply) => {
      const { session, account } = ownerOf(request);
      const { body } = request;
      const path = resolveVirtualPath(rootPath, body.path);
      void reply.header('cache-control', 'no-store');
      return audited(request, { actor: account, action: 'share.add', target: path }, async () => {
        const type = await typeAt(session, path, body);
        const password = body.password === null ? null : new Secret(body.password);
        const { share, token } = await keeper.add({ ...body, account, path, type, password });
        return recordOf(share, `${request.protocol}://${request.host}/s/${token.reveal()}`);
      });
    },
  );
  app.delete<{ Params: { readonly share: string } }>(
    `${pagePrefix}/shares/:share`,
    { schema: pageSchema('Removes a share link and ends its visits') },
    async (request, reply) => {
      const { account } = ownerOf(request);
      const { share: id } = request.params;
      await audited(request, { actor: account, action: 'share.remove', target: id }, () => {
        keeper.remove(account, id);
        gates.endVisits({ id, account });
        return Promise.resolve();
      });
      return reply.code(204).send();
    },
  );
  app.get<{ Params: { readonly token: string } }>(
    `${pagePrefix}/share-gates/:token`,
    { schema: pageSchema('What a share link is for') },
    async (request, reply): Promise<ShareGate> => {
      const share = await gates.look(request.params.token, sourceOf(request));
      void reply.header('cache-control', 'no-store');
      return {
        needsPassword: share.hasPassword,
        access: share.access,
        name: nameOf(share.path as VirtualPath) || '/',
        owner: share.account,
        expiresAt: share.expiresAt,
      };
    },
  );
  app.post<{ Params: { readonly token: string }; Body: { readonly password: string | null } }>(
    `${pagePrefix}/share-gates/:token`,
    { schema: pageSchema('Enters by a share link', { body: gateBody }) },
    async (request, reply) => {
      const { password } = request.body;
      const secret = password === null ? null : new Secret(password);
      const session = await gates.enter(request.params.token, secret, sourceOf(request));
      return enterPage(session, request, reply, page);
    },
  );
}

/** What is to be shared; only what its owner may do with it can be given on. */
async function typeAt(
  { fileSystem, account }: Session,
  path: VirtualPath,
  { access, expiresAt }: ShareRequest,
): Promise<ShareRecord['type']> {
  if (fileSystem === null || account === null)
    throw new WherryError('login-refused', 'Log in to share files');
  if (expiresAt !== null && expiresAt <= knownTime.forExpiry())
    throw new WherryError('invalid-argument', 'Cannot share it: the link would have expired already');
  const { type } = await fileSystem.stat(path, { followSymlink: false });
  if (type !== 'file' && type !== 'directory')
    throw new WherryError('not-regular', 'Only files and directories are shared', { path });
  if (type === 'file' && access !== 'read')
    throw new WherryError('not-directory', 'Files are brought to a directory: share that', { path });
  const needed = { read: ['download'], 'upload-only': ['upload'], 'read-and-upload': ['download', 'upload'] };
  for (const permission of needed[access] as readonly ('download' | 'upload')[]) {
    const { allowed } = account.access.decide(permission, path);
    if (!allowed)
      throw new WherryError('permission', 'Not allowed: nobody gives away what they may not do themselves', {
        path,
      });
  }
  return type;
}

function recordOf(share: KeptShare, url: string | null): ShareRecord {
  const { id, path, type, access, hasPassword, expiresAt, maximumUses, uses, createdAt, note } = share;
  const usesLeft = maximumUses === null ? null : Math.max(0, maximumUses - uses);
  return { id, url, path, type, access, hasPassword, expiresAt, usesLeft, uses, createdAt, note };
}
