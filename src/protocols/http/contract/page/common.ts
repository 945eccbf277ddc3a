/**
 * The page's interface to its backend: types only, shared by both. `wherry ui` and the hosted files (`--http`) speak
 * the same interface; `GET /session` tells the page which of the two it talks to.
 *
 * - Every address begins with `/api/v1/page`. Requests and replies are JSON in UTF-8.
 * - Paths and names stand in bodies only, never in an address: they may hold anything, and addresses end in logs. What
 *   is not UTF-8 in a name arrives as lone low surrogates (U+DC80 to U+DCFF, as `core/name-encoding.ts` makes them);
 *   JSON carries those as `\udcXX`, so a name goes there and back unchanged.
 * - A path is absolute and canonical, with `/` between its parts, for the local disk too.
 * - Every request but GET and HEAD carries the header {@link csrfHeader} with the token of the session.
 * - A failure has a status of 400 or more and an {@link ErrorReply}.
 * - Times are milliseconds since 1970 in UTC, sizes are octets, rates are octets a second.
 */
export const pagePrefix = '/api/v1/page';

/** The header that proves that a request comes from the page itself; its value is `SessionState.csrfToken`. */
export const csrfHeader = 'x-wherry-csrf';

/** Where the WebSocket of `events.ts` is opened, under {@link pagePrefix}. */
export const eventsPath = '/events';

/** What failed, in the words of `core/errors.ts`; further codes may come, and a page treats those as `io`. */
export interface Failure {
  readonly code: string;
  /** For people: what could not be done and why, in one sentence, without a path of the host. */
  readonly message: string;
  readonly path?: string;
  /** The reply code of an FTP peer that refused. */
  readonly reply?: number;
  /** The status of an SFTP peer that refused. */
  readonly status?: number;
  readonly retryable: boolean;
}

/** The body of every reply with a status of 400 or more. */
export interface ErrorReply {
  readonly error: Failure;
}

/** A path on one connection. */
export interface Place {
  /** `ConnectionRecord.id`. */
  readonly connection: string;
  readonly path: string;
}

/** The last line of every stream: what was asked for is complete, or it ended early for this reason. */
export type StreamEnd = { readonly end: 'complete' } | { readonly end: 'failed'; readonly error: Failure };
