import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A request that a hook has made. */
export interface HookRequest {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A web server that answers hooks as a test says. */
export interface HookServer {
  readonly url: string;
  readonly requests: readonly HookRequest[];
  /** Settles when so many requests have come. */
  received(count: number): Promise<void>;
}

/** Starts one on loopback; it ends with the test. */
export async function startHookServer(
  t: TestContext,
  answer: (response: ServerResponse, request: HookRequest, number: number) => void,
): Promise<HookServer> {
  const requests: HookRequest[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((incoming, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of incoming.setEncoding('utf8')) body += String(chunk);
      const json = JSON.parse(body) as Record<string, unknown>;
      const request = { headers: incoming.headers, body, json };
      requests.push(request);
      for (const look of waiting) look();
      answer(response, request, requests.length);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests,
    received: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (requests.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
