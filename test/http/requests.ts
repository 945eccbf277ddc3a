import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import {
  adminPrefix,
  adminRoutes,
  type AdminRoute,
  type RouteContract,
} from '#protocols/http/contract/admin/routes.ts';
import type { WherryProcess } from '#test/cli/wherry-process.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; null when there is none. */
  readonly body: unknown;
}

export interface RequestInput {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly over?: 'socket' | 'http' | 'https';
}

/** Sends one request to a running server, by its administration socket where nothing else is said. */
export async function send(server: WherryProcess, path: string, input: RequestInput = {}): Promise<Reply> {
  const { over = 'socket', body, method = body === undefined ? 'GET' : 'POST' } = input;
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { ...(text === null ? {} : { 'content-type': 'application/json' }), ...input.headers };
  const place =
    over === 'socket'
      ? { socketPath: join(server.dataDirectory, 'admin.sock') }
      : { host: '127.0.0.1', port: server.port('http') };
  const options = { ...place, path, method, headers, agent: false, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const request = (over === 'https' ? httpsRequest : httpRequest)(options, (response) => {
      let received = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (received += chunk));
      response.once('end', () => {
        const isJson = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: received,
          body: isJson ? (JSON.parse(received) as unknown) : null,
        });
      });
      response.once('error', reject);
    });
    request.once('error', reject);
    request.end(text ?? undefined);
  });
}

const ajv = new Ajv({ allErrors: true, strict: false });

/** What is wrong with the reply to a route, by its contract; empty for nothing. */
export function breaches(route: AdminRoute, body: unknown): readonly string[] {
  const contract: RouteContract = adminRoutes[route];
  if (contract.reply === undefined) return body === null ? [] : ['there is a body'];
  const validate = ajv.compile(contract.reply as object);
  return validate(body)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** A route with its parameters filled in. */
export function address(route: AdminRoute, params: Readonly<Record<string, string>> = {}): string {
  const [, path = ''] = route.split(' ');
  return adminPrefix + path.replace(/:(\w+)/gu, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}
