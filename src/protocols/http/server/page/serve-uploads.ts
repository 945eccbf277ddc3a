import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import { parentOf } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { pagePrefix } from '../../contract/page/common.ts';
import { uploadsPath } from '../../contract/page/uploads.ts';
import { readAnnouncement } from './announced-upload.ts';
import { FinishedUploads } from './finished-uploads.ts';
import type { HostedUpload } from './hosted-upload.ts';
import { pageSchema } from './page-schema.ts';
import { bearerOf } from './shares/share-session.ts';
import { UploadNames } from './upload-names.ts';
import { UploadTurns } from './upload-turns.ts';

/** What uploads of browsers stand on. */
export interface UploadsOptions {
  /** The login of a request. @throws WherryError `login-refused`, `permission` */
  readonly sessionOf: (request: FastifyRequest) => Session;
  /** Hears of sessions that an administrator has ended. */
  readonly onKicked: (listener: (session: Session) => void) => void;
  /** A file has come into this directory. */
  readonly changed: (session: Session, directory: string) => void;
}

const tusVersion = '1.0.0';
const pieceType = 'application/offset+octet-stream';
/** Uploads of one account that have begun and not ended: each holds a file open. */
const maximumPerAccount = 64;

/** Serves uploads by tus 1.0 (core, creation, termination): a file in pieces that a broken connection does not lose. */
export function serveUploads(app: FastifyInstance, { sessionOf, onKicked, changed }: UploadsOptions): void {
  const uploads = new Map<string, HostedUpload>();
  const finished = new FinishedUploads();
  const turns = new UploadTurns();
  const names = new UploadNames();
  const prefix = `${pagePrefix}${uploadsPath}`;
  app.addContentTypeParser(pieceType, (_request, payload, done) => done(null, payload));
  const find = (request: FastifyRequest): { readonly id: string; readonly upload: HostedUpload } => {
    const { id } = request.params as { readonly id: string };
    const upload = uploads.get(id);
    const session = sessionOf(request);
    if (upload === undefined || upload.bearer !== bearerOf(session))
      throw new WherryError('not-found', 'There is no such upload; it was finished, or given up');
    upload.carriedBy(session);
    return { id, upload };
  };
  onKicked((session) => {
    for (const [id, upload] of uploads) {
      if (upload.session !== session) continue;
      uploads.delete(id);
      upload.stop(new WherryError('aborted', 'The session of the upload was ended'));
    }
  });
  app.route({
    method: 'OPTIONS',
    url: prefix,
    schema: { hide: true },
    handler: (_request, reply) =>
      headed(reply, { 'tus-version': tusVersion, 'tus-extension': 'creation,termination' }).code(204).send(),
  });
  app.post(
    prefix,
    { schema: pageSchema('Announces an upload (tus 1.0, creation)') },
    async (request, reply) => {
      demandVersion(request);
      const session = sessionOf(request);
      const own = [...uploads.values()].filter(({ bearer }) => bearer === bearerOf(session));
      if (own.length >= maximumPerAccount)
        throw new WherryError('too-many', 'Too many uploads have begun and not ended');
      const upload = await names.begin(session, await readAnnouncement(request, session));
      const id = randomBytes(24).toString('base64url');
      uploads.set(id, upload);
      const forget = (): void => {
        uploads.delete(id);
      };
      upload.ended.then(() => {
        forget();
        finished.add(id, upload);
        changed(upload.session, parentOf(upload.path));
      }, forget);
      if (upload.length === 0) await upload.ended;
      return headed(reply, { location: `${prefix}/${id}` })
        .code(201)
        .send();
    },
  );
  app.head(
    `${prefix}/:id`,
    { schema: pageSchema('How far an upload has come (tus 1.0)') },
    async (request, reply) => {
      const { id: asked } = request.params as { readonly id: string };
      const length = finished.lengthOf(asked, bearerOf(sessionOf(request)));
      if (length !== null)
        return headed(reply, toldOf({ offset: length, length }))
          .code(200)
          .send();
      const { upload } = find(request);
      await turns.vacate(upload);
      // All octets being there is not the file being there, which is what this offset would say.
      if (upload.offset === upload.length) await upload.ended;
      return headed(reply, toldOf(upload)).code(200).send();
    },
  );
  app.patch(
    `${prefix}/:id`,
    { schema: pageSchema('A piece of an upload (tus 1.0)'), bodyLimit: Number.MAX_SAFE_INTEGER },
    async (request, reply) => {
      demandVersion(request);
      const { upload } = find(request);
      await turns.vacate(upload);
      if (Number(request.headers['upload-offset']) !== upload.offset)
        throw new WherryError('exists', `The upload is at ${upload.offset}, and not where this piece begins`);
      try {
        await turns.receive(upload, request.body as Readable);
      } catch (thrown) {
        void reply.header('connection', 'close');
        throw thrown;
      }
      if (upload.offset === upload.length) await upload.ended;
      return headed(reply, { 'upload-offset': upload.offset }).code(204).send();
    },
  );
  app.delete(
    `${prefix}/:id`,
    { schema: pageSchema('Gives an upload up (tus 1.0)') },
    async (request, reply) => {
      demandVersion(request);
      const { id, upload } = find(request);
      upload.stop(new WherryError('aborted', 'The upload was given up'));
      uploads.delete(id);
      return headed(reply, {}).code(204).send();
    },
  );
  app.addHook('onClose', () => {
    for (const upload of uploads.values()) upload.stop(new WherryError('closed', 'The server is stopping'));
  });
}

function toldOf({
  offset,
  length,
}: Pick<HostedUpload, 'offset' | 'length'>): Readonly<Record<string, number>> {
  return { 'upload-offset': offset, 'upload-length': length };
}

function headed(reply: FastifyReply, headers: Readonly<Record<string, string | number>>): FastifyReply {
  return reply.headers({ 'tus-resumable': tusVersion, 'cache-control': 'no-store', ...headers });
}

function demandVersion({ headers }: FastifyRequest): void {
  if (headers['tus-resumable'] !== tusVersion)
    throw new WherryError('invalid-argument', `Uploads speak tus ${tusVersion}`);
}
