import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toWherryError } from '#core/errors.ts';
import { adminPrefix, adminRoutes, type AdminRoute, type RouteContract } from '../contract/admin/routes.ts';
import { errorReply } from '../contract/admin/records.ts';
import { actorName, demand, type Actor } from './actor.ts';
import { streamEvents } from './event-stream.ts';
import type { AdminRequest, AdministrationFacts, HttpServices } from './services.ts';

/** Finds who asks. @throws WherryError `login-refused` for nobody, `permission` for a request forged by a page */
export type Identify = (request: FastifyRequest) => Promise<Actor>;

/** Serves the routes of the administration: who asks, whether they may, the answer, and the audit of every change. */
export function serveAdministration(app: FastifyInstance, services: HttpServices, identify: Identify): void {
  for (const name of Object.keys(adminRoutes) as AdminRoute[]) {
    const contract: RouteContract = adminRoutes[name];
    const [method = 'GET', address = ''] = name.split(' ');
    app.route({
      method,
      url: `${adminPrefix}${address}`,
      schema: {
        summary: contract.summary,
        tags: [contract.area],
        ...(contract.query === undefined ? {} : { querystring: contract.query }),
        ...(contract.body === undefined ? {} : { body: contract.body }),
        response: {
          ...(contract.reply === undefined ? { 204: { type: 'null' } } : { 200: contract.reply }),
          '4xx': errorReply,
        },
      },
      handler: async (request, reply) => answer({ name, contract, services, identify }, request, reply),
    });
  }
  app.get(
    `${adminPrefix}/log/follow`,
    {
      schema: { summary: 'The log as it grows: server-sent events, each with a JSON object', tags: ['log'] },
    },
    async (request, reply) => {
      const actor = await identify(request);
      demand(actor, followContract, false);
      streamEvents(reply, (send) => services.followLog(actor, send));
      return reply;
    },
  );
}

const followContract: RouteContract = { summary: '', area: 'log', forGroups: true };

interface Route {
  readonly name: AdminRoute;
  readonly contract: RouteContract;
  readonly services: HttpServices;
  readonly identify: Identify;
}

async function answer(
  { name, contract, services, identify }: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const changes = !name.startsWith('GET ') && contract.readsOnly !== true;
  const actor = await identify(request);
  const audit = (outcome: AdministrationFacts['outcome'], error: string | null): void => {
    if (!changes) return;
    services.audit({
      actor: actorName(actor),
      remoteAddress: actor.kind === 'owner' ? null : request.ip,
      action: name,
      target: targetOf(request),
      outcome,
      detail: detailOf(request.body, error),
    });
  };
  try {
    demand(actor, contract, changes);
    // The contract has checked the parts; that they are those of this route the types cannot follow.
    const handler = services.handlers[name] as (request: AdminRequest<AdminRoute>) => unknown;
    const result = await handler({
      actor,
      params: request.params as AdminRequest<AdminRoute>['params'],
      query: request.query as AdminRequest<AdminRoute>['query'],
      body: request.body as AdminRequest<AdminRoute>['body'],
    });
    audit('completed', null);
    return await (contract.reply === undefined ? reply.code(204).send() : reply.send(result));
  } catch (thrown) {
    const { code } = toWherryError(thrown, 'answer the request');
    audit(code === 'permission' ? 'refused' : 'failed', code);
    throw thrown;
  }
}

function targetOf({ params, body }: FastifyRequest): string {
  const named = Object.values(params as Readonly<Record<string, string>>);
  if (named.length > 0) return named.join(' ');
  const { name, account, network } = (body ?? {}) as Readonly<Record<string, unknown>>;
  return [name, account, network].find((candidate) => typeof candidate === 'string') ?? '';
}

/** The names of what was given, never the values, and why it failed. */
function detailOf(body: unknown, error: string | null): string | null {
  const fields = typeof body === 'object' && body !== null ? Object.keys(body).join(', ') : '';
  const parts = [fields, error ?? ''].filter((part) => part !== '');
  return parts.length === 0 ? null : parts.join(': ');
}
