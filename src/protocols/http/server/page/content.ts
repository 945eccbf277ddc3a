import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { nameOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { readRange } from './byte-range.ts';
import { contentDisposition, inlineTypeOf } from './content-headers.ts';
import type { PageService } from './page-service.ts';
import { pieceOctets, pieces } from './pieces.ts';
import { downloadOf } from './session-content.ts';
import type { Ticket } from './tickets.ts';
import { zipOf } from './zip-stream.ts';

/**
 * Sends what a ticket is for: a file, or parts of it by `Range`, or an archive while it is made. Whatever it is, it
 * runs in no page: types are of a fixed list, and the policy puts the document in a sandbox.
 */
export async function sendContent(
  { places, session }: Pick<PageService, 'places' | 'session'>,
  ticket: Ticket,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const fileSystem = places.fileSystemOf(ticket.connection);
  const [path = rootPath] = ticket.paths;
  void reply.headers({
    'content-security-policy':
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; frame-ancestors 'self'",
    // The page itself shows it in a frame.
    'x-frame-options': 'SAMEORIGIN',
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
    'cross-origin-resource-policy': 'same-origin',
  });
  if (ticket.archive || ticket.paths.length > 1) {
    const name = `${ticket.paths.length === 1 ? nameOf(path) || 'files' : 'files'}.zip`;
    void reply.headers({
      'content-type': 'application/zip',
      'content-disposition': contentDisposition('attachment', name),
    });
    return reply.send(request.method === 'HEAD' ? undefined : zipOf(fileSystem, ticket.paths, session));
  }
  return sendFile({ fileSystem, session, path, disposition: ticket.disposition }, request, reply);
}

async function sendFile(
  asked: Pick<Ticket, 'disposition'> & {
    readonly fileSystem: FileSystem;
    readonly session: Session | undefined;
    readonly path: VirtualPath;
  },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { fileSystem, session, path, disposition } = asked;
  const handle = await fileSystem.openRead(path);
  try {
    const { size, modifiedAt } = handle.entry;
    const type = disposition === 'inline' ? inlineTypeOf(nameOf(path)) : null;
    const range = size === null || request.method === 'HEAD' ? null : readRange(request.headers.range, size);
    if (range === 'unsatisfiable') {
      void reply.header('content-range', `bytes */${size}`);
      throw new WherryError('invalid-range', 'The part that was asked for lies beyond the end of the file');
    }
    void reply.headers({
      'content-type': type ?? 'application/octet-stream',
      'content-disposition': contentDisposition(type === null ? 'attachment' : 'inline', nameOf(path)),
      ...(size === null ? {} : { 'accept-ranges': 'bytes' }),
      ...(modifiedAt === null ? {} : { 'last-modified': new Date(modifiedAt).toUTCString() }),
    });
    const start = range?.start ?? 0;
    const length = range === null ? size : range.end - range.start + 1;
    if (length !== null) void reply.header('content-length', String(length));
    if (range !== null)
      void reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
    if (request.method === 'HEAD') {
      await handle.close();
      return await reply.send();
    }
    const content =
      session === undefined
        ? Readable.from(pieces(handle, start, length), { objectMode: false, highWaterMark: pieceOctets })
        : downloadOf(session, { path, handle, start, length });
    return await reply.send(content);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}
