import type { FilesRoutes, FilesStreams } from './files.ts';
import type { LogRoutes } from './log.ts';
import type { QueueRoutes, QueueStreams } from './queue.ts';
import type { SessionRoutes } from './session.ts';
import type { SharesRoutes } from './shares.ts';
import type { SitesRoutes } from './sites.ts';
import type { SynchroniseRoutes, SynchroniseStreams } from './synchronise.ts';
import type { TrustRoutes } from './trust.ts';

/**
 * Every request of the page that has one reply. A backend is a table with a handler for each key, so that the compiler
 * tells of one that is missing; the page calls by the same keys. A reply of null is `204 No Content`.
 */
export interface PageRoutes
  extends
    SessionRoutes,
    FilesRoutes,
    QueueRoutes,
    SynchroniseRoutes,
    SitesRoutes,
    TrustRoutes,
    LogRoutes,
    SharesRoutes {}

/** Every request of the page whose reply is a stream of lines. */
export interface PageStreams extends FilesStreams, QueueStreams, SynchroniseStreams {}

export type PageRoute = keyof PageRoutes;
export type PageStream = keyof PageStreams;

type Field<Row, Name extends string, Otherwise> = Row extends Record<Name, infer Value> ? Value : Otherwise;

/** What a route takes beside the parameters in its address; undefined where it takes nothing. */
export type RouteBody<Route extends PageRoute> = Field<PageRoutes[Route], 'body', undefined>;
/** The parameters in a route's address (`:name`). */
export type RouteParams<Route extends PageRoute> = Field<PageRoutes[Route], 'params', undefined>;
export type RouteReply<Route extends PageRoute> = PageRoutes[Route]['reply'];

export type StreamBody<Route extends PageStream> = Field<PageStreams[Route], 'body', undefined>;
export type StreamLine<Route extends PageStream> = PageStreams[Route]['line'];
