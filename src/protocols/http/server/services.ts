import type { FastifyInstance } from 'fastify';
import type { Awaitable } from '#core/awaitable.ts';
import type { Accounts } from '#core/authentication.ts';
import type { EventBus, EventOf } from '#engine/events.ts';
import type { LoginDefence } from '#engine/login-defence.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { AdministratorRole } from '../contract/admin/records.ts';
import type { AdminBody, AdminParams, AdminQuery, AdminReply, AdminRoute } from '../contract/admin/routes.ts';
import type { Actor } from './actor.ts';

/** A request that was found to be well formed and allowed. */
export interface AdminRequest<Route extends AdminRoute> {
  readonly actor: Actor;
  readonly params: AdminParams<Route>;
  readonly query: AdminQuery<Route>;
  readonly body: AdminBody<Route>;
}

export type AdminHandler<Route extends AdminRoute> = (
  request: AdminRequest<Route>,
) => Awaitable<AdminReply<Route>>;

/** An answer for every route of the administration. */
export type AdminHandlers = { readonly [Route in AdminRoute]: AdminHandler<Route> };

/** A change by an administrator, for the audit. */
export type AdministrationFacts = Omit<EventOf<'administration'>, 'event'>;

/** What there is of an account that wants to administer. */
export interface AdministratorLookup {
  /** The role of an account that is enabled; null for everybody else. */
  roleOf(account: string): Promise<NonNullable<AdministratorRole> | null>;
  /** Who a token belongs to; null for one that is unknown, revoked, expired, or of nobody who administers. */
  actorOfToken(token: string): Promise<Actor | null>;
}

/** Further routes, as those of the page's files or of WebDAV: a Fastify plugin over the same sessions. */
export type HttpPlugin = (app: FastifyInstance) => Awaitable<void>;

/** What the HTTP server stands on. */
export interface HttpServices {
  readonly version: string;
  readonly handlers: AdminHandlers;
  readonly administrators: AdministratorLookup;
  readonly audit: (facts: AdministrationFacts) => void;
  /** Follows the log of an actor until stopped; each line is an object. */
  readonly followLog: (actor: Actor, listener: (line: object) => void) => () => void;
  /** Text of Prometheus; null where nothing is measured. */
  readonly metrics: (() => Awaitable<string>) | null;
  /** Whether the server takes connections. */
  readonly isReady: () => boolean;
}

/** What logging in to the page needs beside {@link HttpServices}. */
export interface LoginServices {
  readonly accounts: Accounts;
  readonly defence: LoginDefence;
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
}
