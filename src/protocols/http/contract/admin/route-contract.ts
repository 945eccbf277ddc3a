import type { JSONSchema } from 'json-schema-to-ts';

/** What a caller must be allowed: a scope of tokens; `owner` is the machine's owner or an administrator of all. */
export type Area = 'accounts' | 'administrators' | 'sessions' | 'bans' | 'log' | 'config' | 'server';

/** One request of the administration. A reply without a schema is `204 No Content`. */
export interface RouteContract {
  readonly summary: string;
  readonly area: Area;
  /** Whether an administrator of some groups may use it too, for what belongs to those. */
  readonly forGroups: boolean;
  readonly query?: JSONSchema;
  readonly body?: JSONSchema;
  readonly reply?: JSONSchema;
  /** Changes nothing although it is no GET. */
  readonly readsOnly?: boolean;
}
