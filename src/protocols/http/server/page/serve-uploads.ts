import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import {
  joinName,
  nameOf,
  parentOf,
  resolveVirtualPath,
  rootPath,
  type VirtualPath,
} from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { pagePrefix } from '../../contract/page/common.ts';
import { uploadsPath } from '../../contract/page/uploads.ts';
import { findEntry } from './files/find-entry.ts';
import { isName } from './files/walk.ts';
import { HostedUpload } from './hosted-upload.ts';

/** What uploads of browsers stand on. */
export interface UploadsOptions {
  /** The login of a request. @throws WherryError `login-refused`, `permission` */
  readonly sessionOf: (request: FastifyRequest) => Session;
  /** A file has come into this directory. */
  readonly changed: (session: Session, directory: string) => void;
}

const tusVersion = '1.0.0';
const pieceType = 'application/offset+octet-stream';
/** Uploads of one account that have begun and not ended: each holds a file open. */
const maximumPerAccount = 64;
/** Numbers tried after a name that is taken. */
const maximumNumber = 1000;

/** Serves uploads by tus 1.0 (core, creation, termination): a file in pieces that a broken connection does not lose. */
export function serveUploads(app: FastifyInstance, { sessionOf, changed }: UploadsOptions): void {
  const uploads = new Map<string, HostedUpload>();
  const receiving = new Map<HostedUpload, Readable>();
  const prefix = `${pagePrefix}${uploadsPath}`;
  app.addContentTypeParser(pieceType, (_request, payload, done) => done(null, payload));
  const find = (request: FastifyRequest): { readonly id: string; readonly upload: HostedUpload } => {
    const { id } = request.params as { readonly id: string };
    const upload = uploads.get(id);
    if (upload === undefined || upload.account !== sessionOf(request).account?.name)
      throw new WherryError('not-found', 'There is no such upload; it was finished, or given up');
    return { id, upload };
  };
  app.route({
    method: 'OPTIONS',
    url: prefix,
    schema: { hide: true },
    handler: (_request, reply) =>
      headed(reply, { 'tus-version': tusVersion, 'tus-extension': 'creation,termination' }).code(204).send(),
  });
  app.post(prefix, { schema: { hide: true } }, async (request, reply) => {
    demandVersion(request);
    const session = sessionOf(request);
    const own = [...uploads.values()].filter(({ account }) => account === session.account?.name);
    if (own.length >= maximumPerAccount)
      throw new WherryError('too-many', 'Too many uploads have begun and not ended');
    const target = await prepare(request, session);
    const upload = new HostedUpload(session, target);
    const id = randomBytes(24).toString('base64url');
    uploads.set(id, upload);
    const forget = (): void => {
      uploads.delete(id);
    };
    upload.ended.then(() => {
      forget();
      changed(session, parentOf(target.path));
    }, forget);
    await (target.length === 0 ? upload.ended : upload.begun);
    return headed(reply, { location: `${prefix}/${id}` })
      .code(201)
      .send();
  });
  app.head(`${prefix}/:id`, { schema: { hide: true } }, async (request, reply) => {
    const { upload } = find(request);
    await takeOver(receiving, upload);
    return headed(reply, { 'upload-offset': upload.offset, 'upload-length': upload.length }).code(200).send();
  });
  app.patch(
    `${prefix}/:id`,
    { schema: { hide: true }, bodyLimit: Number.MAX_SAFE_INTEGER },
    async (request, reply) => {
      demandVersion(request);
      const { upload } = find(request);
      await takeOver(receiving, upload);
      if (Number(request.headers['upload-offset']) !== upload.offset)
        throw new WherryError('exists', `The upload is at ${upload.offset}, and not where this piece begins`);
      const payload = request.body as Readable;
      receiving.set(upload, payload);
      try {
        for await (const piece of payload as AsyncIterable<Buffer>) await upload.feed(piece);
      } finally {
        if (receiving.get(upload) === payload) receiving.delete(upload);
      }
      if (upload.offset === upload.length) await upload.ended;
      return headed(reply, { 'upload-offset': upload.offset }).code(204).send();
    },
  );
  app.delete(`${prefix}/:id`, { schema: { hide: true } }, async (request, reply) => {
    demandVersion(request);
    const { id, upload } = find(request);
    upload.stop(new WherryError('aborted', 'The upload was given up'));
    uploads.delete(id);
    return headed(reply, {}).code(204).send();
  });
  app.addHook('onClose', () => {
    for (const upload of uploads.values()) upload.stop(new WherryError('closed', 'The server is stopping'));
  });
}

/** A connection that broke may not be known to have: whoever comes anew takes its place. */
async function takeOver(receiving: Map<HostedUpload, Readable>, upload: HostedUpload): Promise<void> {
  const old = receiving.get(upload);
  if (old === undefined || old.destroyed) return;
  const closed = new Promise((resolve) => old.once('close', resolve));
  old.destroy();
  await closed;
}

function headed(reply: FastifyReply, headers: Readonly<Record<string, string | number>>): FastifyReply {
  return reply.headers({ 'tus-resumable': tusVersion, 'cache-control': 'no-store', ...headers });
}

function demandVersion({ headers }: FastifyRequest): void {
  if (headers['tus-resumable'] !== tusVersion)
    throw new WherryError('invalid-argument', `Uploads speak tus ${tusVersion}`);
}

async function prepare(
  request: FastifyRequest,
  session: Session,
): Promise<{ readonly path: VirtualPath; readonly length: number; readonly modifiedAt: number | null }> {
  const { fileSystem } = session;
  if (fileSystem === null) throw new WherryError('login-refused', 'Log in to upload');
  const length = Number(request.headers['upload-length']);
  if (!Number.isSafeInteger(length) || length < 0)
    throw new WherryError('invalid-argument', 'The upload does not say how long it is');
  const metadata = readMetadata(String(request.headers['upload-metadata'] ?? ''));
  const parts = (metadata.get('relativePath') ?? '').split('/');
  if (metadata.get('connection') !== 'account' || !parts.every(isName))
    throw new WherryError('name-invalid', 'Cannot upload it: the name is not allowed');
  const directory = resolveVirtualPath(rootPath, metadata.get('directory') ?? '/');
  let path = parts.reduce((above: VirtualPath, part) => joinName(above, part), directory);
  path = resolveVirtualPath(rootPath, path);
  await makeDirectories(fileSystem, directory, parentOf(path));
  const existing = metadata.get('existing') ?? 'skip';
  if (existing !== 'overwrite' && (await findEntry(fileSystem, path)) !== null) {
    if (existing !== 'rename') throw new WherryError('exists', 'A file of this name is there already');
    path = await freeName(fileSystem, path);
  }
  const modifiedAt = Number(metadata.get('modifiedAt') ?? Number.NaN);
  return { path, length, modifiedAt: Number.isSafeInteger(modifiedAt) ? modifiedAt : null };
}

/** `Upload-Metadata` (tus 1.0, creation): keys, each with base64 of its value. */
function readMetadata(header: string): ReadonlyMap<string, string> {
  const pairs = header.split(',').map((pair) => pair.trim().split(' '));
  return new Map(pairs.map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

async function makeDirectories(fileSystem: FileSystem, top: VirtualPath, wanted: VirtualPath): Promise<void> {
  const missing: VirtualPath[] = [];
  for (let path = wanted; path !== top && path !== rootPath; path = parentOf(path)) {
    if ((await findEntry(fileSystem, path)) !== null) break;
    missing.push(path);
  }
  for (const path of missing.reverse()) {
    try {
      await fileSystem.makeDirectory(path);
    } catch (error) {
      // Files of one folder come side by side, and each makes the folder.
      if (!(error instanceof WherryError) || error.code !== 'exists') throw error;
    }
  }
}

async function freeName(fileSystem: FileSystem, path: VirtualPath): Promise<VirtualPath> {
  const [, stem = '', extension = ''] = /^(.+?)(\.[^.]*)?$/su.exec(nameOf(path)) ?? [];
  for (let number = 2; number < maximumNumber; number += 1) {
    const candidate = joinName(parentOf(path), `${stem} (${number})${extension}`);
    if ((await findEntry(fileSystem, candidate)) === null) return candidate;
  }
  throw new WherryError('exists', 'Too many files have this name and a number already');
}
