import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Secret } from '#core/secret.ts';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { EventHooks, type EventHooksOptions } from '#server/hooks/event-hooks.ts';
import type { EventHook } from '#server/hooks/hook-options.ts';
import { openStateDatabase } from '#server/state/state-database.ts';
import { scratch } from '#test/cli/wherry-process.ts';
import { startHookServer } from './hook-server.ts';

function uploaded(path: string): ServerEvent {
  return {
    event: 'transfer-finished',
    session: '1',
    protocol: 'sftp',
    remoteAddress: '192.0.2.7',
    remotePort: 5000,
    account: 'alice',
    direction: 'upload',
    path,
    bytes: 3,
    durationMs: 1,
    result: 'completed',
    reason: null,
    sha256: 'ab',
  };
}

interface Scene {
  readonly bus: EventBus;
  readonly hooks: EventHooks;
  readonly warnings: string[];
  close(): Promise<void>;
}

function open(
  t: TestContext,
  directory: string,
  hooks: readonly EventHook[],
  options: Partial<EventHooksOptions> = {},
): Scene {
  const bus = new EventBus();
  const warnings: string[] = [];
  bus.subscribe(
    (event) => {
      if (event.event === 'warning') warnings.push(event.message);
    },
    ['warning'],
  );
  const database = openStateDatabase(join(directory, 'state.db'));
  const opened = new EventHooks({ hooks, events: bus, database, ...options });
  const close = async (): Promise<void> => {
    await opened.close();
    database.close();
  };
  t.after(close);
  return { bus, hooks: opened, warnings, close };
}

/** Settles when nothing waits any more. */
async function delivered({ hooks }: Scene): Promise<void> {
  while ([...hooks.waiting.values()].some((waiting) => waiting > 0)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a hook is told what happened, signed as Standard Webhooks has it', async (t) => {
  const web = await startHookServer(t, (response) => response.writeHead(204).end());
  const secret = Buffer.from('very secret').toString('base64');
  const target = {
    kind: 'http',
    url: web.url,
    secret: new Secret(`whsec_${secret}`),
    headers: { 'X-Token': new Secret('t') },
  } as const;
  const scene = open(t, scratch(t), [{ name: 'told', target }]);
  scene.bus.emit(uploaded('/a "b"'));
  await delivered(scene);
  const [request] = web.requests;
  assert.ok(request !== undefined);
  assert.equal(request.json['event'], 'transfer-finished');
  assert.equal(request.json['path'], '/a "b"');
  assert.equal(request.json['sha256'], 'ab');
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers;
  assert.equal(request.json['id'], id);
  const expected = createHmac('sha256', 'very secret')
    .update(`${String(id)}.${String(time)}.${request.body}`)
    .digest('base64');
  assert.equal(signature, `v1,${expected}`);
  assert.equal(request.headers['x-token'], 't');
});

test('a hook that fails is tried again with the same id, and one that works is not held up by it', async (t) => {
  const failing = await startHookServer(t, (response, _request, number) => {
    response.writeHead(number < 3 ? 500 : 200).end();
  });
  const working = await startHookServer(t, (response) => response.writeHead(200).end());
  const scene = open(
    t,
    scratch(t),
    [
      { name: 'failing', target: { kind: 'http', url: failing.url } },
      { name: 'working', target: { kind: 'http', url: working.url } },
    ],
    { limits: { delaysMs: [1] } },
  );
  scene.bus.emit(uploaded('/a'));
  await working.received(1);
  await failing.received(3);
  await delivered(scene);
  assert.equal(new Set(failing.requests.map(({ headers }) => headers['webhook-id'])).size, 1);
  assert.match(scene.warnings[0] ?? '', /Hook "failing": it answered with status 500; it is tried again/);
});

test('what was not delivered is told after a restart, and not what is meant for a hook that is gone', async (t) => {
  const directory = scratch(t);
  const target = { kind: 'http', url: 'http://127.0.0.1:1/' } as const;
  const first = open(
    t,
    directory,
    [
      { name: 'kept', target },
      { name: 'gone', target },
    ],
    { limits: { delaysMs: [0] } },
  );
  first.bus.emit(uploaded('/before'));
  await new Promise((resolve) => setImmediate(resolve));
  await first.close();
  const web = await startHookServer(t, (response) => response.writeHead(200).end());
  const second = open(t, directory, [{ name: 'kept', target: { kind: 'http', url: web.url } }]);
  await delivered(second);
  assert.deepEqual(
    web.requests.map(({ json }) => [json['hook'], json['path']]),
    [['kept', '/before']],
  );
});

test('a message that nobody takes for too long is given up, and that is told', async (t) => {
  const web = await startHookServer(t, (response) => response.writeHead(410).end());
  const clock = { now: Date.now() };
  const hook = { name: 'dead', target: { kind: 'http', url: web.url } } as const;
  const scene = open(t, scratch(t), [hook], {
    limits: { delaysMs: [0], longestMs: 1000 },
    now: () => (clock.now += 600),
  });
  scene.bus.emit(uploaded('/a'));
  await delivered(scene);
  assert.ok(web.requests.length >= 1);
});

const hostile: Readonly<Record<string, Parameters<typeof startHookServer>[1]>> = {
  'redirects to something within': (response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
  },
  'answers without end': (response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  'answers drop by drop': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 20);
    response.once('close', () => {
      clearInterval(timer);
    });
  },
  'never answers': () => undefined,
  'breaks the connection': (response) => {
    response.destroy();
  },
};

for (const [name, answer] of Object.entries(hostile)) {
  test(`a hook that ${name} counts as failed, and the next message still goes out`, async (t) => {
    const web = await startHookServer(t, (response, request, number) => {
      if (number === 1) answer(response, request, number);
      else response.writeHead(200).end();
    });
    const hook = { name: 'hostile', target: { kind: 'http', url: web.url }, timeoutMs: 200 } as const;
    const scene = open(t, scratch(t), [hook], { limits: { delaysMs: [1] } });
    scene.bus.emit(uploaded('/a'));
    await delivered(scene);
    assert.ok(web.requests.length >= 2, 'it was tried again');
    assert.match(scene.warnings[0] ?? '', /Hook "hostile": /);
  });
}

test('a program is told on its standard input, and a name cannot become a word of a command', async (t) => {
  const directory = scratch(t);
  const program = join(directory, 'told');
  const out = join(directory, 'out');
  writeFileSync(
    program,
    `#!/bin/sh\n{ echo "$@"; echo "$WHERRY_PATH"; cat; } > "${out}.new" && mv "${out}.new" "${out}"\n`,
  );
  chmodSync(program, 0o700);
  const hook = {
    name: 'program',
    target: { kind: 'program', file: program, arguments: ['--fixed'] },
  } as const;
  const scene = open(t, directory, [hook]);
  const path = '/$(touch pwned); --option\n`id`';
  scene.bus.emit(uploaded(path));
  await delivered(scene);
  const [words, variable, json] = readFileSync(out, 'utf8').split('\n');
  assert.equal(words, '--fixed');
  assert.equal(variable, '/$(touch pwned); --option\\x0a`id`');
  assert.equal((JSON.parse(json ?? '') as { path: string }).path, path);
  assert.ok(!existsSync(join(directory, 'pwned')));
});

test('a program that never ends is killed, with what it has started', async (t) => {
  const directory = scratch(t);
  const program = join(directory, 'slow');
  writeFileSync(
    program,
    '#!/bin/sh\nif [ -e ran ]; then exit 0; fi\n: > "$(dirname "$0")/ran"\nsleep 1000 & wait\n',
  );
  chmodSync(program, 0o700);
  const target = { kind: 'program', file: program } as const;
  const scene = open(t, directory, [{ name: 'slow', target, timeoutMs: 300 }], {
    limits: { delaysMs: [1], longestMs: 0 },
  });
  scene.bus.emit(uploaded('/a'));
  await delivered(scene);
  assert.match(scene.warnings.join('\n'), /took too long/);
});

test('hooks that cannot be are refused with what is wrong', (t) => {
  const directory = scratch(t);
  const web = (url: string): EventHook => ({ name: 'h', target: { kind: 'http', url } });
  const wrong: readonly (readonly EventHook[])[] = [
    [web('ftp://x/')],
    [web('http://user:secret@x/')],
    [web('not a url')],
    [web('http://x/'), web('http://y/')],
    [{ name: '../x', target: { kind: 'http', url: 'http://x/' } }],
    [{ name: 'h', target: { kind: 'program', file: 'relative' } }],
    [{ name: 'h', target: { kind: 'http', url: 'http://x/', headers: { 'X-A': new Secret('a\r\nB: c') } } }],
    [{ name: 'h', target: { kind: 'http', url: 'http://x/', headers: { Host: new Secret('y') } } }],
  ];
  const database = openStateDatabase(join(directory, 'state.db'));
  t.after(() => {
    database.close();
  });
  for (const hooks of wrong) {
    assert.throws(() => new EventHooks({ hooks, events: new EventBus(), database }), {
      code: 'invalid-argument',
      message: /Cannot use the hook/,
    });
  }
});
