import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import { csrfHeader, pagePrefix } from '#protocols/http/contract/page/common.ts';
import { BackendFailure } from './memory-tree.ts';
import { PageBackend, type BackendOptions } from './page-backend.ts';
import { handlersOf, streamersOf } from './routes.ts';
import { handleUpload } from './uploads.ts';

const built = join(import.meta.dirname, '../../../build/web');

/** The policy under which the real servers give out the page. */
export const pagePolicy =
  "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
};

/** A running double: its address, what is in it, and how to end it. */
export interface RunningBackend extends AsyncDisposable {
  readonly backend: PageBackend;
  /** With the one-time token of `wherry ui` in the fragment. */
  readonly address: string;
  readonly origin: string;
}

/** Answers a request that the double itself does not know, such as the administration's; false when it does not. */
export type FurtherRoutes = (request: IncomingMessage, response: ServerResponse, body: unknown) => boolean;

/** Starts the double on a free port of the loopback. */
export async function startBackend(
  options: BackendOptions = {},
  further: FurtherRoutes = () => false,
): Promise<RunningBackend> {
  const backend = new PageBackend(options);
  const routes: readonly Route[] = [
    ...Object.entries(handlersOf(backend)).map(([key, run]) => route(key, run as Route['run'], false)),
    ...Object.entries(streamersOf(backend)).map(([key, run]) => route(key, run as Route['run'], true)),
  ];
  const server = createServer((request, response) => {
    void answer({ backend, routes, further }, request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const known = error instanceof BackendFailure;
      const failure = known ? error.failure : { code: 'io', message: String(error), retryable: false };
      response.writeHead(known ? error.status : 500, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ error: failure }));
    });
  });
  const sockets = new WebSocketServer({ server, path: `${pagePrefix}/events` });
  sockets.on('connection', (socket) => {
    const send = (message: unknown) => socket.send(JSON.stringify(message));
    backend.listeners.add(send);
    socket.on('close', () => backend.listeners.delete(send));
    send({
      type: 'hello',
      connections: [...backend.connections.values()],
      questions: [...backend.questions.values()],
      totals: backend.queue.totals(),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    backend,
    origin,
    address: `${origin}/#token=${backend.token}`,
    async [Symbol.asyncDispose]() {
      backend.queue.close();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly streamed: boolean;
  readonly run: (body: unknown, params: Readonly<Record<string, string>>) => unknown;
}

function route(key: string, run: Route['run'], streamed: boolean): Route {
  const [method = '', path = ''] = key.split(' ');
  const pattern = new RegExp(`^${pagePrefix}${path.replaceAll(/:(\w+)/gu, '(?<$1>[^/]+)')}$`, 'u');
  return { method, pattern, streamed, run };
}

interface Surroundings {
  readonly backend: PageBackend;
  readonly routes: readonly Route[];
  readonly further: FurtherRoutes;
}

async function answer(
  { backend, routes, further }: Surroundings,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://page').pathname;
  if (path.startsWith(`${pagePrefix}/uploads`)) return handleUpload(backend, request, response);
  if (path.startsWith(`${pagePrefix}/content/`)) return sendTicket(backend, path, response);
  const text = (await buffer(request)).toString();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const found = routes.find((one) => one.method === request.method && one.pattern.test(path));
  if (found === undefined) {
    if (further(request, response, body)) return undefined;
    if (path.startsWith('/api/')) throw new BackendFailure(404, 'not-found', `There is no ${path}`);
    return sendFile(path, response);
  }
  if (request.method !== 'GET' && request.headers[csrfHeader] !== backend.csrfToken) {
    throw new BackendFailure(403, 'permission', 'The request did not come from the page');
  }
  const result = found.run(body, found.pattern.exec(path)?.groups ?? {});
  if (found.streamed) return sendStream(result as Iterable<unknown>, response);
  response.writeHead(result === null ? 204 : 200, { 'content-type': 'application/json' });
  response.end(result === null ? undefined : JSON.stringify(result));
  return undefined;
}

async function sendStream(lines: Iterable<unknown>, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  try {
    for (const line of lines) {
      if (!response.write(`${JSON.stringify(line)}\n`)) {
        await new Promise((resolve) => response.once('drain', resolve));
      }
    }
    response.end(`${JSON.stringify({ end: 'complete' })}\n`);
  } catch (error) {
    if (!(error instanceof BackendFailure)) throw error;
    response.end(`${JSON.stringify({ end: 'failed', error: error.failure })}\n`);
  }
}

function sendTicket(backend: PageBackend, path: string, response: ServerResponse): void {
  const ticket = backend.tickets.get(path.slice(path.lastIndexOf('/') + 1));
  if (ticket === undefined) throw new BackendFailure(404, 'not-found', 'The address has expired');
  const disposition = ticket.inline ? 'inline' : 'attachment';
  response.writeHead(200, {
    'content-type':
      types[extname(ticket.name)]?.replace('text/html', 'text/plain') ?? 'application/octet-stream',
    'content-security-policy': 'sandbox',
    'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(ticket.name.toWellFormed())}`,
  });
  response.end(ticket.content);
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const known = extname(path) === '' ? '/index.html' : normalize(path);
  const content = await readFile(join(built, known)).catch(() => null);
  if (content === null) throw new BackendFailure(404, 'not-found', `There is no ${path}`);
  response.writeHead(200, {
    'content-type': types[extname(known)] ?? 'application/octet-stream',
    'content-security-policy': pagePolicy,
  });
  response.end(content);
}
