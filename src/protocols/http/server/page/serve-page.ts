import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Awaitable } from '#core/awaitable.ts';
import { WherryError } from '#core/errors.ts';
import { pagePrefix } from '../../contract/page/common.ts';
import { sendContent } from './content.ts';
import { serveEvents } from './event-socket.ts';
import { failureOf } from './page-failure.ts';
import { pageBodies, pageStreams, type PageBody } from './page-schemas.ts';
import type { PageService } from './page-service.ts';
import { pageSchema } from './page-schema.ts';
import { pageSummaries } from './page-summaries.ts';

/** Who asks, and what stands behind the page for them. */
export interface PageAccess {
  /** @throws WherryError `login-refused` for nobody, `permission` for a request that another site forged */
  serviceFor(request: FastifyRequest): Awaitable<PageService>;
  /** The same for a socket, whose handshake carries no header of the page's own. */
  serviceForSocket(request: FastifyRequest): Awaitable<PageService>;
  /** Ends what was served when the login is over. @returns how to stop hearing of it */
  onEnd?(request: FastifyRequest, ended: () => void): () => void;
}

/** Any handler, as a table of them is walked through. */
type AnyHandler = (request: {
  readonly body: unknown;
  readonly params: unknown;
  readonly signal: AbortSignal;
}) => unknown;

/** Serves the routes of the page's contract from whatever stands behind it. */
export function servePage(app: FastifyInstance, access: PageAccess): void {
  for (const [name, body] of Object.entries(pageBodies))
    route(app, access, name as keyof typeof pageSummaries, body);
  app.get<{ Params: { readonly ticket: string } }>(
    `${pagePrefix}/content/:ticket`,
    { schema: pageSchema('What a ticket is for; takes Range'), exposeHeadRoute: true },
    async (request, reply) => {
      const service = await access.serviceFor(request);
      return sendContent(service, service.tickets.require(request.params.ticket), request, reply);
    },
  );
  serveEvents(app, access);
}

function route(
  app: FastifyInstance,
  access: PageAccess,
  name: keyof typeof pageSummaries,
  body: PageBody | null,
): void {
  const [method = 'GET', address = ''] = name.split(' ');
  app.route({
    method,
    url: `${pagePrefix}${address}`,
    schema: pageSchema(pageSummaries[name], body === null ? {} : { body: body.schema }),
    ...(body?.maximumOctets === undefined ? {} : { bodyLimit: body.maximumOctets }),
    handler: async (request, reply) => {
      const service = await access.serviceFor(request);
      void reply.header('cache-control', 'no-store');
      const asked = { body: request.body, params: request.params, signal: leavingOf(request, reply) };
      if (pageStreams.has(name)) {
        // The contract has checked the parts; that they are those of this route the types cannot follow.
        const lines = handlerOf(service.streams, name)(asked) as AsyncIterable<object>;
        void reply.type('application/x-ndjson').header('x-accel-buffering', 'no');
        return reply.send(
          Readable.from(withEnd(lines), { objectMode: false, highWaterMark: bufferedOctets }),
        );
      }
      const result = await answerOf(handlerOf(service.handlers, name), asked);
      return result === null || result === undefined ? reply.code(204).send() : reply.send(result);
    },
  });
}

/** A login that a far server refused is no matter of the page's own login, which 401 would tell of. */
async function answerOf(handler: AnyHandler, asked: Parameters<AnyHandler>[0]): Promise<unknown> {
  try {
    return await handler(asked);
  } catch (thrown) {
    if (!(thrown instanceof WherryError) || thrown.code !== 'login-refused') throw thrown;
    throw new WherryError('not-trusted', thrown.message, { cause: thrown });
  }
}

/** Octets of lines that wait for a slow reader. */
const bufferedOctets = 256 * 1024;

function handlerOf(table: object, name: string): AnyHandler {
  const found = (table as Readonly<Record<string, AnyHandler | undefined>>)[name];
  if (found === undefined) throw new WherryError('not-supported', 'This is not offered here');
  return found;
}

async function* withEnd(lines: AsyncIterable<object>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`;
  } catch (thrown) {
    yield `${JSON.stringify({ end: 'failed', error: failureOf(thrown, 'answer the request') })}\n`;
    return;
  }
  yield `${JSON.stringify({ end: 'complete' })}\n`;
}

/** Aborted when the page leaves before it has the whole answer. */
function leavingOf(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  if (request.raw.destroyed && !request.raw.complete) controller.abort();
  return controller.signal;
}
