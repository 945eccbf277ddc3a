import type {
  AdminBody,
  AdminParams,
  AdminQuery,
  AdminReply,
  AdminRoute,
} from '#protocols/http/contract/admin/routes.ts';
import { send } from '../api/call.ts';

const prefix = '/api/v1';

type Needs<Name extends string, Value> = [Value] extends [undefined]
  ? object
  : object extends Value
    ? { readonly [Key in Name]?: Value }
    : { readonly [Key in Name]: Value };
type Options<Route extends AdminRoute> = Needs<'body', AdminBody<Route>> &
  Needs<'query', AdminQuery<Route>> &
  Needs<'params', AdminParams<Route>> & { readonly signal?: AbortSignal };
type Optional<Given> = object extends Given ? [options?: Given] : [options: Given];

interface Sent {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Calls a route of the administration and returns its reply; undefined for those without one. */
export async function callAdmin<Route extends AdminRoute>(
  route: Route,
  ...[options]: Optional<Options<Route>>
): Promise<AdminReply<Route>> {
  const { body, query, params, signal } = (options ?? {}) as Sent;
  const [method = 'GET', path = ''] = route.split(' ');
  const filled = path.replaceAll(/:(\w+)/gu, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
  const search = new URLSearchParams(
    Object.entries(query ?? {}).map(([key, value]) => [key, String(value)]),
  ).toString();
  const response = await send(method, `${prefix}${filled}${search === '' ? '' : `?${search}`}`, {
    body: method === 'POST' && body === undefined ? {} : body,
    signal,
  });
  return (response.status === 204 ? undefined : await response.json()) as AdminReply<Route>;
}
