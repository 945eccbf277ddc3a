import {
  csrfHeader,
  pagePrefix,
  type ErrorReply,
  type Failure,
  type StreamEnd,
} from '#protocols/http/contract/page/common.ts';
import type {
  PageRoute,
  PageStream,
  RouteBody,
  RouteParams,
  RouteReply,
  StreamBody,
  StreamLine,
} from '#protocols/http/contract/page/routes.ts';
import { readLines } from './read-lines.ts';

/** What the backend refused, or that it could not be reached at all (`code` is `connection-lost` then). */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly failure: Failure;
  /** The HTTP status; 0 when there was no reply. */
  readonly status: number;

  constructor(failure: Failure, status: number) {
    super(failure.message);
    this.failure = failure;
    this.status = status;
  }
}

/** One sentence for people about whatever was thrown. */
export function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

type Needs<Name extends string, Value> = [Value] extends [undefined]
  ? object
  : { readonly [Key in Name]: Value };
interface Common {
  readonly signal?: AbortSignal | undefined;
}
type CallOptions<Route extends PageRoute> = Needs<'body', RouteBody<Route>> &
  Needs<'params', RouteParams<Route>> &
  Common;
type StreamOptions<Route extends PageStream> = Needs<'body', StreamBody<Route>> & Common;

/** A tuple that may be left out when nothing in it is needed. */
type Optional<Options> = object extends Options ? [options?: Options] : [options: Options];

interface Sent {
  readonly body?: unknown;
  readonly params?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

let csrfToken = '';
let onLoggedOut: () => void = () => undefined;

/** Takes the token of the session that the page is in, and what to do when it is over. */
export function useSessionForCalls(token: string, loggedOut: () => void): void {
  csrfToken = token;
  onLoggedOut = loggedOut;
}

/** The headers of a request that changes something, for what does not go through {@link call}. */
export function requestHeaders(): Record<string, string> {
  return { [csrfHeader]: csrfToken };
}

/**
 * Sends any request to the page's own origin and returns the reply of a success.
 *
 * @throws PageError with the backend's failure, or `connection-lost` when nothing answered
 */
export async function send(method: string, path: string, options: Sent = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') Object.assign(headers, requestHeaders());
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    const message = 'wherry does not answer: it was stopped, or the network is gone';
    throw new PageError({ code: 'connection-lost', message, retryable: true }, 0);
  }
  if (response.ok) return response;
  if (response.status === 401) onLoggedOut();
  throw new PageError(await failureOf(response), response.status);
}

async function failureOf(response: Response): Promise<Failure> {
  try {
    const reply = (await response.json()) as Partial<ErrorReply>;
    if (typeof reply.error?.message === 'string') return reply.error;
  } catch {
    // Not JSON: a proxy in between answered.
  }
  return { code: 'io', message: `The server answered ${response.status}`, retryable: response.status >= 500 };
}

/** Calls a route of the contract and returns its reply. */
export async function call<Route extends PageRoute>(
  route: Route,
  ...[options]: Optional<CallOptions<Route>>
): Promise<RouteReply<Route>> {
  const [method, path] = addressOf(route, (options ?? {}) as Sent);
  const response = await send(method, path, options as Sent | undefined);
  return (response.status === 204 ? null : await response.json()) as RouteReply<Route>;
}

/** Calls a streamed route and yields its lines as they come; an end that tells of a failure throws it. */
export async function* stream<Route extends PageStream>(
  route: Route,
  ...[options]: Optional<StreamOptions<Route>>
): AsyncGenerator<Exclude<StreamLine<Route>, StreamEnd>> {
  const [method, path] = addressOf(route, options ?? {});
  const response = await send(method, path, options);
  if (response.body === null) return;
  for await (const line of readLines(response.body)) {
    const value = line as StreamLine<Route> | StreamEnd;
    if (!('end' in value)) yield value as Exclude<StreamLine<Route>, StreamEnd>;
    else if (value.end === 'failed') throw new PageError(value.error, 200);
    else return;
  }
  const message = 'The answer ended before it was complete';
  throw new PageError({ code: 'truncated', message, retryable: true }, 200);
}

function addressOf(route: string, options: Sent): readonly [method: string, path: string] {
  const [method = 'GET', path = ''] = route.split(' ');
  const filled = path.replaceAll(/:(\w+)/gu, (_, name: string) =>
    encodeURIComponent(options.params?.[name] ?? ''),
  );
  return [method, `${pagePrefix}${filled}`];
}
