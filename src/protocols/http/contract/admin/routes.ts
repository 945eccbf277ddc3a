import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import { accountRoutes } from './account-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import type { DeepReadonly } from './records.ts';
import type { RouteContract } from './route-contract.ts';

export type { Area, RouteContract } from './route-contract.ts';

/** The beginning of every address of the administration. */
export const adminPrefix = '/api/v1';

/** Every request of the administration that has one reply, by method and address under {@link adminPrefix}. */
export const adminRoutes = {
  ...accountRoutes,
  ...operationRoutes,
} as const satisfies Readonly<Record<string, RouteContract>>;

export type AdminRoutes = typeof adminRoutes;
export type AdminRoute = keyof AdminRoutes;

type SchemaOf<Row, Part extends 'query' | 'body' | 'reply'> =
  Row extends Readonly<Record<Part, infer Schema extends JSONSchema>>
    ? DeepReadonly<FromSchema<Schema>>
    : undefined;

type ParameterNames<Address extends string> = Address extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<Rest>
  : Address extends `${string}:${infer Name}`
    ? Name
    : never;

/** The types of every route, each worked out once: generic ones are looked up here. */
interface RouteTypes<Route extends AdminRoute> {
  readonly params: { readonly [Name in ParameterNames<Route>]: string };
  readonly query: SchemaOf<AdminRoutes[Route], 'query'>;
  readonly body: SchemaOf<AdminRoutes[Route], 'body'>;
  readonly reply: SchemaOf<AdminRoutes[Route], 'reply'>;
}

type RouteTable = { readonly [Route in AdminRoute]: RouteTypes<Route> };

/** The parameters in the address of a route, decoded. */
export type AdminParams<Route extends AdminRoute> = RouteTable[Route]['params'];
export type AdminQuery<Route extends AdminRoute> = RouteTable[Route]['query'];
export type AdminBody<Route extends AdminRoute> = RouteTable[Route]['body'];
export type AdminReply<Route extends AdminRoute> = RouteTable[Route]['reply'];
