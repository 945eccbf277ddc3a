import { existsSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { errorCodes, WherryError, type ErrorCode } from '#core/errors.ts';
import { adminPrefix, adminRoutes } from '#protocols/http/contract/admin/routes.ts';
import type {
  AdminBody,
  AdminParams,
  AdminReply,
  AdminRoute,
  RouteContract,
} from '#protocols/http/contract/admin/routes.ts';
import type { ErrorReply } from '#protocols/http/contract/admin/records.ts';
import { openSocketAddress, type SocketAddress } from '#protocols/http/server/socket-address.ts';
import { adminSocketFile } from '../data-directory.ts';
import type { OfflineAdministration } from './offline.ts';

/** What is asked of a route beside its name. */
export interface CallInput<Route extends AdminRoute> {
  readonly params?: AdminParams<Route>;
  /** The administration checks it. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: AdminBody<Route>;
}

/** The administration, through the running server or over its databases. */
export interface AdministrationClient {
  /** Whether a server runs on the data directory. */
  readonly running: boolean;
  /** @throws WherryError what the administration answers */
  call<Route extends AdminRoute>(route: Route, input?: CallInput<NoInfer<Route>>): Promise<AdminReply<Route>>;
  /** The log as it grows. @throws WherryError `unavailable` where no server runs */
  follow(signal: AbortSignal): AsyncIterable<object>;
  close(): Promise<void>;
}

/** Sends one request and gives status and body. */
type Send = (request: {
  readonly method: string;
  readonly url: string;
  readonly body: string | null;
}) => Promise<{ readonly status: number; readonly body: string }>;

/** How often both ways are tried: a server that is starting has the databases before it can be asked. */
const attempts = 3;

/**
 * Reaches the administration of a data directory: by the socket of the server that runs on it, or, when none does,
 * by the same application over the databases themselves.
 *
 * @throws WherryError what opening the databases says
 */
export async function openAdministration(dataDirectory: string): Promise<AdministrationClient> {
  for (let attempt = 1; ; attempt += 1) {
    const running = await askServer(dataDirectory);
    if (running !== null) return running;
    if (!existsSync(dataDirectory)) return openWhenChanged(dataDirectory);
    try {
      return await openDatabases(dataDirectory);
    } catch (thrown) {
      const isHeld = thrown instanceof WherryError && thrown.code === 'busy';
      if (!isHeld || attempt === attempts) throw thrown;
    }
  }
}

/** The administration of the server that runs on a data directory; null when none does. */
export async function askServer(dataDirectory: string): Promise<AdministrationClient | null> {
  const socket = reachSocket(dataDirectory);
  const socketPath = socket.path;
  const send: Send = async ({ method, url, body }) => {
    const response = await ask({ socketPath, method, url, body });
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode ?? 0, body: text };
  };
  try {
    await send({ method: 'GET', url: '/healthz', body: null });
  } catch (thrown) {
    socket.close();
    if (isNobodyThere(thrown)) return null;
    throw thrown;
  }
  return clientOf(send, {
    running: true,
    follow: (signal) => followEvents(socketPath, signal),
    close: async () => {
      socket.close();
    },
  });
}

/** What is only looked at makes no data directory: its name is a slip, more likely than not. */
function openWhenChanged(dataDirectory: string): AdministrationClient {
  let opened: Promise<OfflineAdministration> | null = null;
  const send: Send = async (request) => {
    if (request.method === 'GET' && opened === null) {
      const remedy = 'wherry serve makes it, and --data-dir names another';
      throw new WherryError('not-found', `There is no data directory ${dataDirectory}: ${remedy}`);
    }
    opened ??= import('./offline.ts').then(async ({ openOffline }) => openOffline(dataDirectory));
    return (await opened).send(request);
  };
  return clientOf(send, { ...offlineFacts, close: async () => (await opened)?.close() });
}

const offlineFacts = {
  running: false,
  follow: (): never => {
    throw new WherryError('unavailable', 'Cannot follow the log: no server runs on this data directory');
  },
};

async function openDatabases(dataDirectory: string): Promise<AdministrationClient> {
  const { openOffline } = await import('./offline.ts');
  const offline = await openOffline(dataDirectory);
  return clientOf(async (request) => offline.send(request), {
    ...offlineFacts,
    close: async () => offline.close(),
  });
}

/** A data directory that is not there has no socket either. */
function reachSocket(dataDirectory: string): SocketAddress {
  const file = adminSocketFile(dataDirectory);
  return existsSync(file) ? openSocketAddress(file) : { path: file, close: () => undefined };
}

function clientOf(send: Send, rest: Omit<AdministrationClient, 'call'>): AdministrationClient {
  return {
    ...rest,
    async call(route, input = {}) {
      const [method = 'GET', address = ''] = route.split(' ');
      const params: Readonly<Record<string, string>> = input.params ?? {};
      const path = address.replace(/:(\w+)/gu, (_, name: string) => encodeURIComponent(params[name] ?? ''));
      const query = new URLSearchParams(
        Object.entries(input.query ?? {}).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        ),
      ).toString();
      const url = `${adminPrefix}${path}${query === '' ? '' : `?${query}`}`;
      const contract: RouteContract = adminRoutes[route];
      const given = input.body === undefined && contract.body !== undefined ? {} : input.body;
      const body = given === undefined ? null : JSON.stringify(given);
      const answer = await send({ method, url, body });
      if (answer.status >= 400) throw errorOf(answer.body);
      return (answer.body === '' ? undefined : JSON.parse(answer.body)) as AdminReply<typeof route>;
    },
  };
}

function errorOf(body: string): WherryError {
  const { error } = JSON.parse(body) as ErrorReply;
  const known: readonly string[] = errorCodes;
  const code = known.includes(error.code) ? (error.code as ErrorCode) : 'io';
  return new WherryError(code, error.message, { retryable: error.retryable });
}

async function ask(options: {
  readonly socketPath: string;
  readonly method: string;
  readonly url: string;
  readonly body: string | null;
  readonly signal?: AbortSignal;
}): Promise<IncomingMessage> {
  const { socketPath, method, url, body, signal } = options;
  return new Promise((resolve, reject) => {
    const headers = body === null ? {} : { 'content-type': 'application/json' };
    const request = httpRequest(
      { socketPath, method, path: url, headers, agent: false, ...(signal === undefined ? {} : { signal }) },
      resolve,
    );
    request.once('error', reject);
    request.end(body ?? undefined);
  });
}

function isNobodyThere(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as { readonly code?: unknown };
  // A path that is too long for an address is one where nothing is.
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'EINVAL';
}

async function* followEvents(socketPath: string, signal: AbortSignal): AsyncGenerator<object> {
  const url = `${adminPrefix}/log/follow`;
  const response = await ask({ socketPath, method: 'GET', url, body: null, signal });
  try {
    for await (const line of createInterface({ input: response })) {
      if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as object;
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
