import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import { eventsPath, pagePrefix } from '../../contract/page/common.ts';
import type { ServerMessage } from '../../contract/page/events.ts';
import type { PageAccess } from './serve-page.ts';
import type { PageService } from './page-service.ts';

/** Messages of a page name directories on show, and nothing larger. */
const maximumMessageOctets = 256 * 1024;
/** What waits for a page that does not read; it is told everything anew when it comes back. */
const maximumPendingOctets = 8 * 1024 * 1024;
/** Proxies close what is silent for a minute, and a browser that lost its network never says so. */
const heartbeatMs = 25_000;
/** RFC 6455 section 7.4.1: going away, and a condition that the server cannot go on under. */
const goingAway = 1001;
const tryAgainLater = 1013;

/** Makes routes with sockets possible. It comes before every hook that may refuse one, so that refusals are answered. */
export async function useSockets(app: FastifyInstance): Promise<void> {
  const { default: websocket } = await import('@fastify/websocket');
  await app.register(websocket, { options: { maxPayload: maximumMessageOctets, perMessageDeflate: false } });
}

/** Serves the socket that tells the page of what happens. */
export function serveEvents(app: FastifyInstance, access: PageAccess): void {
  const services = new WeakMap<FastifyRequest, PageService>();
  app.get(
    `${pagePrefix}${eventsPath}`,
    {
      websocket: true,
      schema: { hide: true },
      preValidation: async (request) => {
        demandOwnOrigin(request);
        services.set(request, await access.serviceForSocket(request));
      },
    },
    (socket, request) => {
      const service = services.get(request);
      if (service === undefined) return socket.terminate();
      let alive = true;
      const send = (message: ServerMessage): void => {
        if (socket.bufferedAmount > maximumPendingOctets) socket.close(tryAgainLater);
        else socket.send(JSON.stringify(message));
      };
      send(service.hello());
      const stopHearing = service.subscribe(send);
      const stopWaiting = access.onEnd?.(request, () => {
        send({ type: 'session-ended', reason: 'expired' });
        socket.close(goingAway);
      });
      const heartbeat = setInterval(() => {
        if (!alive) return socket.terminate();
        alive = false;
        return socket.ping();
      }, heartbeatMs);
      socket.on('pong', () => {
        alive = true;
      });
      // What a page has on show is not needed: every change is told of. Reading keeps the socket flowing.
      socket.on('message', () => {
        alive = true;
      });
      socket.on('error', () => socket.terminate());
      socket.once('close', () => {
        clearInterval(heartbeat);
        stopHearing();
        stopWaiting?.();
      });
      return undefined;
    },
  );
}

/** Browsers let any site open a socket to any other, so that the origin is what tells the page apart. */
function demandOwnOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  const own = `${request.protocol}://${request.host}`;
  if (origin !== own) throw new WherryError('permission', 'Not allowed: the socket is for the page itself');
}
