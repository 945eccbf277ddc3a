import type { FastifyInstance } from 'fastify';
import { WherryError } from '#core/errors.ts';
import type { RouteContract } from '../contract/admin/routes.ts';
import { demand } from './actor.ts';
import type { Identify } from './admin-plugin.ts';
import type { HttpServices } from './services.ts';

const metricsContract: RouteContract = { summary: '', area: 'server', forGroups: false };

/**
 * Serves what monitors ask: whether the process lives, whether it takes connections, and its figures. Figures tell
 * who uses the server and how much, so they need a token like everything else, but on this machine itself.
 */
export function serveHealth(app: FastifyInstance, services: HttpServices, identify: Identify): void {
  app.get('/healthz', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send('alive\n'),
  );
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .code(services.isReady() ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(services.isReady() ? 'ready\n' : 'not ready\n'),
  );
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (services.metrics === null) throw new WherryError('not-supported', 'Nothing is measured here');
    if (!isLoopback(request.ip)) demand(await identify(request), metricsContract, false);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await services.metrics());
  });
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./u.test(address) || address === '::1';
}
