import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { pageServiceOf } from '#cli/ui/page-service.ts';
import { Panes } from '#client/panes/panes.ts';
import { csrfHeader, pagePrefix } from '#protocols/http/contract/page/common.ts';
import type { ServerMessage } from '#protocols/http/contract/page/events.ts';
import { createUiApp } from '#protocols/http/server/page/ui-app.ts';

type Json = Readonly<Record<string, unknown>>;

/** A running `wherry ui` in this process and a browser's share of the conversation with it. */
export class PageClient {
  readonly origin: string;
  readonly messages: ServerMessage[] = [];
  cookie = '';
  csrf = '';
  readonly #waiting = new Set<() => void>();

  constructor(origin: string) {
    this.origin = origin;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.origin}${path.startsWith('/api') ? path : pagePrefix + path}`, {
      method,
      headers: {
        cookie: this.cookie,
        [csrfHeader]: this.csrf,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** A request that succeeds. */
  async call(method: string, path: string, body?: unknown): Promise<Json> {
    const response = await this.send(method, path, body);
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Json;
  }

  /** The lines of a stream, its end with them. */
  async lines(path: string, body: unknown): Promise<readonly Json[]> {
    const response = await this.send('POST', path, body);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
  }

  /** The code with which a request is refused. */
  async refusal(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<string> {
    const response = await this.send(method, path, body, headers);
    const reply = (await response.json()) as { readonly error?: { readonly code: string } };
    assert.ok(response.status >= 400, `${method} ${path} was answered with ${response.status}`);
    return reply.error?.code ?? '';
  }

  async listen(t: Pick<TestContext, 'after'>): Promise<void> {
    const socket = new WebSocket(`${this.origin.replace('http', 'ws')}${pagePrefix}/events`, {
      headers: { cookie: this.cookie },
      origin: this.origin,
    });
    t.after(() => socket.terminate());
    socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString('utf8')) as ServerMessage);
      for (const wake of this.#waiting) wake();
    });
    await this.message((message) => message.type === 'hello');
  }

  /** Settles with the first thing that `find` finds in a message, of those that came and those to come. */
  async message<Found>(find: (message: ServerMessage) => Found | false | null | undefined): Promise<Found> {
    for (let next = 0; ;) {
      while (next < this.messages.length) {
        const message = this.messages[next];
        next += 1;
        const found = message === undefined ? null : find(message);
        if (found !== false && found !== null && found !== undefined) return found;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }
}

/** What a test has of a running `wherry ui`. */
export interface RunningUi {
  readonly page: PageClient;
  readonly panes: Panes;
  readonly token: string;
  /** A directory of its own. */
  readonly root: string;
}

/** Starts `wherry ui` without a program around it, in a directory of its own. */
export async function startUi(t: TestContext, given: { readonly root?: string } = {}): Promise<RunningUi> {
  const root = given.root ?? (await mkdtemp(join(tmpdir(), 'wherry-page-')));
  const panes = await Panes.open({
    settingsFile: join(root, '.state', 'page.json'),
    queueFile: join(root, '.state', 'queue.sqlite'),
    sitesFile: join(root, '.state', 'sites.json'),
    certificatesFile: join(root, '.state', 'certificates.json'),
    plainHostsFile: join(root, '.state', 'plain.json'),
    syncBaseFileOf: (left, right) =>
      join(root, '.state', `sync ${encodeURIComponent(left + right).slice(-180)}`),
    home: root,
    onExit: () => undefined,
  });
  const problems: unknown[] = [];
  const { app, token } = await createUiApp({
    service: pageServiceOf(panes),
    pageDirectory: join(root, 'no-page'),
    session: {
      title: 'test',
      version: '0',
      user: { name: 'anna', home: root, readOnly: false, share: null },
      features: {
        connections: true,
        localDisk: true,
        sites: true,
        queue: true,
        uploads: false,
        archives: true,
        shares: false,
        passkeys: false,
        administration: false,
      },
    },
    onProblem: (thrown) => problems.push(thrown),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await panes.close();
    app.server.closeAllConnections();
    await app.close();
    if (given.root === undefined) await rm(root, { recursive: true, force: true });
    assert.deepEqual(problems, [], 'nothing went wrong behind the page');
  });
  const page = new PageClient(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
  return { page, panes, token, root };
}

/** Lets the page in with the token. */
export async function enter({ page, token }: Pick<RunningUi, 'page' | 'token'>): Promise<void> {
  const response = await page.send('POST', '/session/token', { token });
  assert.equal(response.status, 200);
  page.cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  page.csrf = ((await response.json()) as { csrfToken: string }).csrfToken;
}
