import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { permissions } from '#core/permission.ts';
import { adminRoutes, type AdminRoute } from '#protocols/http/contract/admin/routes.ts';
import { permissionWords, settingNames } from '#protocols/http/contract/admin/settings.ts';
import { settingNames as accountSettingNames } from '#accounts/index.ts';
import { noSsh, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { address, breaches, send, type Reply } from './requests.ts';

let server: WherryProcess;
const cleanups: (() => void | Promise<void>)[] = [];

before(async () => {
  const t = { after: (work: () => void | Promise<void>) => void cleanups.push(work) };
  server = await startWherry(t, {
    words: [...noSsh, '--host', '127.0.0.1', '--user', 'plain:secret'],
  });
  await owner('POST /groups', { body: { name: 'customers', rights: 'r' } });
  await owner('POST /groups', { body: { name: 'partners' } });
  for (const [name, role] of [
    ['root', { groups: null, readOnly: false }],
    ['viewer', { groups: null, readOnly: true }],
    ['helpdesk', { groups: ['customers'], readOnly: false }],
  ] as const) {
    await owner('POST /users', { body: { name, password: `${name}-password` } });
    await owner('PUT /administrators/:name', { params: { name }, body: role });
  }
  await owner('POST /users', { body: { name: 'customer', password: 'x', groups: ['customers'] } });
});

after(async () => {
  for (const work of cleanups.toReversed()) await work();
});

/** A request of the machine's owner; its reply follows the contract. */
async function owner(
  route: AdminRoute,
  input: {
    readonly params?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly query?: string;
  } = {},
): Promise<unknown> {
  const [method = 'GET'] = route.split(' ');
  const { params, body = method === 'GET' || method === 'DELETE' ? undefined : {}, query = '' } = input;
  const reply = await send(server, address(route, params) + query, { method, body });
  assert.ok(reply.status === 200 || reply.status === 204, `${route}: ${reply.text}`);
  assert.deepEqual(breaches(route, reply.body), [], route);
  return reply.body;
}

async function tokenOf(account: string, scopes: readonly string[]): Promise<string> {
  const { secret } = (await owner('POST /tokens', { body: { account, scopes } })) as {
    readonly secret: string;
  };
  return secret;
}

async function withToken(
  token: string,
  route: AdminRoute,
  input: { readonly params?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<Reply> {
  const [method = 'GET'] = route.split(' ');
  const body = input.body ?? (method === 'GET' || method === 'DELETE' ? undefined : {});
  return send(server, address(route, input.params), {
    method,
    body,
    over: 'http',
    headers: { authorization: `Bearer ${token}` },
  });
}

async function logIn(
  user: string,
  password: string,
  over: 'http' | 'https' = 'http',
): Promise<{ readonly cookie: string; readonly csrf: string; readonly reply: Reply }> {
  const reply = await send(server, '/api/v1/page/session/login', { body: { user, password }, over });
  const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const { session } = (reply.body ?? {}) as { readonly session?: { readonly csrfToken: string } };
  return { cookie, csrf: session?.csrfToken ?? '', reply };
}

test('every reply follows the contract that is published', async () => {
  await owner('GET /users', { query: '?limit=2' });
  await owner('GET /users/:name', { params: { name: 'customer' } });
  await owner('GET /users/:name/effective', { params: { name: 'customer' } });
  await owner('POST /users/:name/access', { params: { name: 'customer' }, body: { path: '/a' } });
  await owner('GET /users/:name/keys', { params: { name: 'customer' } });
  await owner('GET /users/:name/certificates', { params: { name: 'customer' } });
  const value = 'ab'.repeat(32);
  await owner('POST /users/:name/certificates', {
    params: { name: 'customer' },
    body: { kind: 'fingerprint', value },
  });
  await owner('GET /users/:name/passkeys', { params: { name: 'customer' } });
  await owner('POST /users/:name/one-time-codes', { params: { name: 'customer' } });
  await owner('DELETE /users/:name/one-time-codes', { params: { name: 'customer' } });
  await owner('PATCH /users/:name', {
    params: { name: 'customer' },
    body: {
      rules: [{ path: '/x', allow: 'lr', deny: ['delete'] }],
      mounts: [{ path: '/m', directory: '/srv' }],
    },
  });
  await owner('GET /groups');
  await owner('GET /groups/:name', { params: { name: 'customers' } });
  await owner('PATCH /groups/:name', { params: { name: 'partners' }, body: { limits: { quotaBytes: 5 } } });
  await owner('GET /groups/:name/members', { params: { name: 'customers' } });
  for (const route of [
    '/administrators',
    '/tokens',
    '/sessions',
    '/bans',
    '/config',
    '/config/schema',
    '/server',
    '/server/certificates',
    '/server/host-keys',
  ] as const)
    await owner(`GET ${route}`);
  await owner('POST /config/check', { body: { text: 'lissten: 1' } });
  await owner('POST /bans', { body: { network: '203.0.113.0/24', durationMs: 1000 } });
  await owner('DELETE /bans/:network', { params: { network: '203.0.113.0/24' } });
  await owner('POST /allowed-networks', { body: { network: '2001:db8::/32', note: 'lab' } });
  await owner('DELETE /allowed-networks/:network', { params: { network: '2001:db8::/32' } });
  await owner('POST /config/reload');
});

test('the contract knows all rights and settings of the accounts', () => {
  assert.deepEqual([...permissionWords].sort(), [...permissions].sort());
  assert.deepEqual([...settingNames].sort(), [...accountSettingNames].sort());
});

test('the description of the interface names every route', async () => {
  const { body } = await send(server, '/api/openapi.json');
  const { paths } = body as { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  for (const route of Object.keys(adminRoutes)) {
    const [method = '', path = ''] = route.split(' ');
    const described = paths[`/api/v1${path.replace(/:(\w+)/gu, '{$1}')}`];
    assert.ok(described?.[method.toLowerCase()] !== undefined, route);
  }
});

test('over the network every route asks who it is', async () => {
  for (const route of Object.keys(adminRoutes) as AdminRoute[]) {
    const [method = 'GET'] = route.split(' ');
    const reply = await send(server, address(route, { name: 'x', id: 'x' }), { method, over: 'http' });
    assert.ok([400, 401].includes(reply.status), `${route}: ${reply.status}`);
    assert.notEqual((reply.body as { readonly error: { readonly code: string } }).error.code, 'io');
  }
  for (const value of [
    'Bearer',
    'Bearer x',
    `Bearer wherry.a.${'b'.repeat(43)}`,
    'Basic cm9vdDpyb290',
    `Bearer ${'x'.repeat(5000)}`,
  ]) {
    const reply = await send(server, '/api/v1/users', { over: 'http', headers: { authorization: value } });
    assert.equal(reply.status, 401, value.slice(0, 30));
  }
});

test('a token does what it was made for, for as long as its administrator may', async () => {
  const reading = await tokenOf('root', ['accounts:read']);
  assert.equal((await withToken(reading, 'GET /users')).status, 200);
  assert.equal(
    (await withToken(reading, 'POST /users/:name/access', { params: { name: 'plain' }, body: { path: '/' } }))
      .status,
    200,
  );
  for (const route of ['GET /sessions', 'GET /tokens', 'GET /config', 'POST /users', 'GET /bans'] as const)
    assert.equal(
      (await withToken(reading, route, { body: route === 'POST /users' ? { name: 'q' } : undefined })).status,
      403,
      route,
    );
  const writing = await tokenOf('root', ['accounts:write', 'administrators:write']);
  assert.equal(
    (await withToken(writing, 'POST /users', { body: { name: 'made', password: null } })).status,
    200,
  );
  const beyond = await withToken(writing, 'POST /tokens', {
    body: { account: 'root', scopes: ['config:write'] },
  });
  assert.equal(beyond.status, 403);
  await owner('PATCH /users/:name', { params: { name: 'root' }, body: { enabled: false } });
  assert.equal((await withToken(reading, 'GET /users')).status, 401);
  await owner('PATCH /users/:name', { params: { name: 'root' }, body: { enabled: true } });
  const { tokens } = (await owner('GET /tokens')) as { readonly tokens: readonly { readonly id: string }[] };
  for (const { id } of tokens) await owner('DELETE /tokens/:id', { params: { id } });
  assert.equal((await withToken(reading, 'GET /users')).status, 401);
});

test('who only looks changes nothing, and who looks after a group sees that group', async () => {
  const viewer = await tokenOf('viewer', ['accounts:write', 'sessions:write']);
  assert.equal((await withToken(viewer, 'GET /users')).status, 200);
  assert.equal((await withToken(viewer, 'DELETE /users/:name', { params: { name: 'plain' } })).status, 403);
  const helpdesk = await tokenOf('helpdesk', [
    'accounts:write',
    'administrators:write',
    'config:write',
    'bans:write',
    'sessions:write',
    'log:read',
  ]);
  const { body } = await withToken(helpdesk, 'GET /users');
  const { users } = body as { readonly users: readonly { readonly name: string }[] };
  assert.deepEqual(
    users.map(({ name }) => name),
    ['customer'],
  );
  const denied: readonly [
    AdminRoute,
    { readonly params?: Readonly<Record<string, string>>; readonly body?: unknown },
    number,
  ][] = [
    ['GET /users/:name', { params: { name: 'plain' } }, 404],
    ['DELETE /users/:name', { params: { name: 'plain' } }, 404],
    ['POST /users', { body: { name: 'sly', password: 'x' } }, 403],
    ['POST /users', { body: { name: 'sly', password: 'x', groups: ['partners'] } }, 403],
    ['POST /users', { body: { name: 'sly', password: 'x', groups: ['customers'], home: '/etc' } }, 403],
    ['PATCH /users/:name', { params: { name: 'customer' }, body: { rights: 'rw' } }, 403],
    ['PATCH /users/:name', { params: { name: 'customer' }, body: { groups: [] } }, 403],
    [
      'PATCH /users/:name',
      { params: { name: 'customer' }, body: { mounts: [{ path: '/e', directory: '/etc' }] } },
      403,
    ],
    ['GET /groups/:name', { params: { name: 'partners' } }, 404],
    ['PATCH /groups/:name', { params: { name: 'customers' }, body: { rights: 'rw' } }, 403],
    [
      'PUT /administrators/:name',
      { params: { name: 'customer' }, body: { groups: null, readOnly: false } },
      403,
    ],
    ['POST /tokens', { body: { account: 'root', scopes: ['accounts:write'] } }, 403],
    ['GET /config', {}, 403],
    ['POST /bans', { body: { network: '198.51.100.1' } }, 403],
    ['POST /sessions/kick', { body: { remoteAddress: '127.0.0.1' } }, 403],
    ['POST /sessions/kick', { body: { account: 'plain' } }, 404],
  ];
  for (const [route, input, status] of denied)
    assert.equal(
      (await withToken(helpdesk, route, input)).status,
      status,
      `${route} ${JSON.stringify(input)}`,
    );
  const made = await withToken(helpdesk, 'POST /users', {
    body: { name: 'new', password: 'x', groups: ['customers'] },
  });
  assert.equal(made.status, 200, made.text);
  await owner('PATCH /users/:name', { params: { name: 'new' }, body: {} });
  await owner('PUT /administrators/:name', {
    params: { name: 'new' },
    body: { groups: null, readOnly: false },
  });
  assert.equal(
    (await withToken(helpdesk, 'PATCH /users/:name', { params: { name: 'new' }, body: { password: 'y' } }))
      .status,
    404,
  );
});

test('a login of the page administers with its cookie and the token of its session only', async () => {
  const { cookie, csrf, reply } = await logIn('root', 'root-password');
  assert.equal(reply.status, 200, reply.text);
  assert.match(String(reply.headers['set-cookie']?.[0]), /; HttpOnly; SameSite=Strict$/u);
  const headers = { cookie };
  assert.equal((await send(server, '/api/v1/sessions', { over: 'http', headers })).status, 200);
  const body = { network: '198.51.100.9' };
  assert.equal((await send(server, '/api/v1/bans', { over: 'http', headers, body })).status, 403);
  const wrong = { ...headers, 'x-wherry-csrf': `${csrf}x` };
  assert.equal((await send(server, '/api/v1/bans', { over: 'http', headers: wrong, body })).status, 403);
  const right = { ...headers, 'x-wherry-csrf': csrf };
  assert.equal((await send(server, '/api/v1/bans', { over: 'http', headers: right, body })).status, 200);
  const listed = (await owner('GET /sessions')) as {
    readonly sessions: readonly {
      readonly id: string;
      readonly protocol: string;
      readonly account: string;
    }[];
  };
  const web = listed.sessions.find(({ protocol, account }) => protocol === 'http' && account === 'root');
  await owner('POST /sessions/:id/kick', { params: { id: web?.id ?? '' }, body: {} });
  assert.equal((await send(server, '/api/v1/sessions', { over: 'http', headers })).status, 401);
  const plain = await logIn('plain', 'secret');
  assert.equal(
    (await send(server, '/api/v1/users', { over: 'http', headers: { cookie: plain.cookie } })).status,
    403,
  );
  const out = await send(server, '/api/v1/page/session', {
    method: 'DELETE',
    over: 'http',
    headers: { cookie: plain.cookie, 'x-wherry-csrf': plain.csrf },
  });
  assert.equal(out.status, 200);
  assert.equal(
    (await send(server, '/api/v1/users', { over: 'http', headers: { cookie: plain.cookie } })).status,
    401,
  );
  assert.equal((await logIn('root', 'wrong')).reply.status, 401);
  assert.equal((await logIn('nobody', 'wrong')).reply.status, 401);
});

test('the port speaks TLS to those who begin with it', async () => {
  const reply = await send(server, '/readyz', { over: 'https' });
  assert.deepEqual([reply.status, reply.text], [200, 'ready\n']);
  const { reply: login } = await logIn('root', 'root-password', 'https');
  assert.match(String(login.headers['set-cookie']?.[0]), /; Secure; SameSite=Strict$/u);
});

test('what is no request of ours is refused in one form', async () => {
  const bad: readonly [string, unknown, number][] = [
    ['/api/v1/users', '{"name":', 400],
    ['/api/v1/users', { name: 'x', pasword: 'y' }, 400],
    ['/api/v1/users', { name: 7 }, 400],
    ['/api/v1/users', { name: '../x', password: null }, 400],
    ['/api/v1/users', { name: 'x'.repeat(10_000) }, 400],
    ['/api/v1/users', '{"__proto__":{"name":"x"}}', 400],
    ['/api/v1/nothing', {}, 404],
    ['/api/v1/users/customer/keys', { line: 'ssh-rsa AAAA' }, 400],
    ['/api/v1/users/customer/access', { path: '/a\u0000b' }, 400],
  ];
  for (const [path, body, status] of bad) {
    const reply = await send(server, path, { body });
    assert.equal(
      reply.status,
      status,
      `${path} ${JSON.stringify(body).slice(0, 60)}: ${reply.text.slice(0, 200)}`,
    );
    const { error } = reply.body as { readonly error: { readonly code: string; readonly message: string } };
    assert.ok(error.code !== 'io' && error.message.length > 0);
    assert.ok(!/node_modules|\/work\/|at \w+ \(/u.test(reply.text));
  }
  const { body } = await send(server, '/api/v1/users', { body: { name: 'x', pasword: 'y', rights: 'all' } });
  const { problems } = (
    body as { readonly error: { readonly problems: readonly { readonly field: string }[] } }
  ).error;
  assert.deepEqual(problems.map(({ field }) => field).sort(), ['pasword', 'rights']);
});

test('a request that says it is larger than any is refused before it is sent', async () => {
  const headers = { 'content-type': 'application/json', 'content-length': '3000000' };
  const reply = await send(server, '/api/v1/users', { method: 'POST', headers });
  assert.equal(reply.status, 413);
});

test('every answer tells a browser to run nothing but the page itself', async () => {
  const { headers } = await send(server, '/healthz', { over: 'http' });
  assert.match(String(headers['content-security-policy']), /default-src 'none';script-src 'self'/u);
  assert.ok(!String(headers['content-security-policy']).includes('unsafe'));
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['x-powered-by'], undefined);
});

test('health needs no token, and figures one but on this machine', async () => {
  assert.equal((await send(server, '/healthz', { over: 'http' })).text, 'alive\n');
  assert.equal((await send(server, '/readyz', { over: 'http' })).text, 'ready\n');
  const metrics = await send(server, '/metrics', { over: 'http' });
  assert.match(metrics.text, /^wherry_sessions/mu);
});

test('the audit is searched, by who looks after a group for its accounts only', async () => {
  const found = (await owner('GET /log', {
    query: '?events=login&outcomes=completed,refused&limit=1000',
  })) as {
    readonly records: readonly { readonly event: string }[];
  };
  assert.ok(found.records.length > 0 && found.records.every(({ event }) => event === 'login'));
  await owner('GET /users/:name/usage', { params: { name: 'customer' } });
  const helpdesk = await tokenOf('helpdesk', ['log:read']);
  const ask = async (query: string): Promise<number> =>
    (
      await send(server, `/api/v1/log${query}`, {
        over: 'http',
        headers: { authorization: `Bearer ${helpdesk}` },
      })
    ).status;
  assert.deepEqual(
    [await ask(''), await ask('?account=plain'), await ask('?account=customer')],
    [400, 404, 200],
  );
});

// Whoever says no more is not waited for as long as one who may still go on: that would be longer than this.
test('octets that are no HTTP harm nobody', { timeout: 10_000 }, async () => {
  const halfHello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';
  for (const octets of [
    '\x16',
    '\x16\x03\x01\x00\x05hello',
    halfHello,
    'GET',
    '\0\0\0\0',
    'USER x\r\n',
    '',
  ]) {
    const socket = connect(server.port('http'), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(octets, 'latin1');
    socket.end().resume();
    await once(socket, 'close');
  }
  assert.equal((await send(server, '/healthz', { over: 'http' })).status, 200);
});
