import type { Awaitable } from '#core/awaitable.ts';
import type { Session } from '#engine/session.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { ServerMessage } from '../../contract/page/events.ts';
import type {
  PageRoute,
  PageStream,
  RouteBody,
  RouteParams,
  RouteReply,
  StreamBody,
  StreamLine,
} from '../../contract/page/routes.ts';
import type { StreamEnd } from '../../contract/page/common.ts';
import type { TicketStore } from './tickets.ts';

/** A request that was found to be well formed, and to come from the page. */
export interface PageRequest<Route extends PageRoute> {
  readonly body: RouteBody<Route>;
  readonly params: RouteParams<Route>;
  /** Aborted when the page no longer waits for the answer. */
  readonly signal: AbortSignal;
}

/** A request whose answer is a stream. */
export interface PageStreamRequest<Route extends PageStream> {
  readonly body: StreamBody<Route>;
  readonly signal: AbortSignal;
}

/** Answers for routes; a route without one answers `not-supported`. */
export type PageHandlers = {
  readonly [Route in PageRoute]?: (request: PageRequest<Route>) => Awaitable<RouteReply<Route>>;
};

/** Lines for streamed routes; the end is added to them, with what was thrown if anything was. */
export type PageStreams = {
  readonly [Route in PageStream]?: (
    request: PageStreamRequest<Route>,
  ) => AsyncIterable<Exclude<StreamLine<Route>, StreamEnd>>;
};

/** What stands behind the page for one person: answers, streams, files to fetch, and what happens meanwhile. */
export interface PageService {
  readonly handlers: PageHandlers;
  readonly streams: PageStreams;
  readonly tickets: TicketStore;
  readonly places: PagePlaces;
  /** Whose limits and log hold for what is fetched; absent where there is but the owner of the machine. */
  readonly session?: Session;
  /** The first message of a socket. */
  hello(): ServerMessage;
  /** Hears what happens from now on, until stopped. */
  subscribe(listener: (message: ServerMessage) => void): () => void;
}

/** Trees by the names of their connections. */
export interface PagePlaces {
  /** @throws WherryError `closed` for a connection that there is not, or is not ready */
  fileSystemOf(connection: string): FileSystem;
  /** Something was changed in this directory, by this page or another. */
  changed(connection: string, directory: string): void;
}
