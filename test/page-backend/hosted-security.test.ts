import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { pagePrefix } from '#protocols/http/contract/page/common.ts';
import { pageBodies } from '#protocols/http/server/page/page-schemas.ts';
import { noSsh, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { send } from '#test/http/requests.ts';
import { beginUpload, fetchFile, logIn as logInAt, sendPiece } from './hosted-client.ts';
import { PageClient } from './page-client.ts';

let server: WherryProcess;
const cleanups: (() => void | Promise<void>)[] = [];

before(async () => {
  const t = { after: (work: () => void | Promise<void>) => void cleanups.push(work) };
  const words = [...noSsh, '--host', '127.0.0.1', '--user', 'anna:secret'];
  server = await startWherry(t, { words });
});

after(async () => {
  for (const work of cleanups.toReversed()) await work();
});

const origin = (): string => `http://127.0.0.1:${server.port('http')}`;
const logIn = async (): Promise<PageClient> => logInAt(origin(), 'anna', 'secret');
const at = (path: string): object => ({ connection: 'account', path });

/** What a server answers to octets as they are. */
async function raw(request: string): Promise<string> {
  const socket = connect(server.port('http'), '127.0.0.1');
  socket.end(request);
  let reply = '';
  for await (const part of socket.setEncoding('latin1')) reply += String(part);
  return reply;
}

test('the cookie is for HTTP alone and for this site alone; the page frames nothing and runs nothing inline', async () => {
  const page = new PageClient(origin());
  const response = await page.send('POST', '/session/login', { user: 'anna', password: 'secret' });
  const [cookie = ''] = response.headers.getSetCookie();
  assert.match(cookie, /^wherry_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/u);
  for (const path of ['/', '/api/v1/page/session', '/nothing']) {
    const { headers } = await fetch(`${origin()}${path}`);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/u);
    assert.match(policy, /script-src 'self'(?:;|$)/u);
    assert.match(policy, /frame-ancestors 'none'/u);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/u);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

test('what changes anything needs the token of the session', async () => {
  const page = await logIn();
  for (const name of Object.keys(pageBodies)) {
    const [method = '', address = ''] = name.split(' ');
    if (method === 'GET') continue;
    const path = address.replaceAll(/:\w+/gu, 'x');
    const response = await page.send(method, path, {}, { 'x-wherry-csrf': 'wrong' });
    assert.ok([400, 403].includes(response.status), `${name} was answered with ${response.status}`);
  }
  assert.equal((await page.send('DELETE', '/session', undefined, { 'x-wherry-csrf': '' })).status, 403);
  assert.notEqual((await page.call('GET', '/session'))['user'], null, 'nobody was logged out');
});

test('a login takes the place of the one before, and its cookie is good no more', async () => {
  const page = await logIn();
  const before = page.cookie;
  const response = await page.send('POST', '/session/login', { user: 'anna', password: 'secret' });
  assert.equal(response.status, 200);
  assert.notEqual(response.headers.getSetCookie()[0]?.split(';')[0], before);
  assert.equal(await page.refusal('POST', '/files/stat', at('/')), 'login-refused');
});

test('no site but the page opens its socket', async () => {
  const page = await logIn();
  const outcome = async (headers: Record<string, string>): Promise<string> => {
    const socket = new WebSocket(`${origin().replace('http', 'ws')}${pagePrefix}/events`, { headers });
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.on('open', () => resolve('open'));
    socket.on('error', ({ message }) => resolve(message));
    const result = await promise;
    socket.terminate();
    return result;
  };
  const { cookie } = page;
  assert.match(await outcome({ cookie }), /403/u);
  assert.match(await outcome({ cookie, origin: 'http://evil.example' }), /403/u);
  assert.match(await outcome({ cookie, origin: 'null' }), /403/u);
  assert.match(await outcome({ origin: origin() }), /401/u);
  assert.equal(await outcome({ cookie, origin: origin() }), 'open');
});

test('bodies that are too large, no JSON or of another kind are refused, and the server goes on', async () => {
  const page = await logIn();
  const post = async (body: string, type = 'application/json'): Promise<number> => {
    const headers = { cookie: page.cookie, 'x-wherry-csrf': page.csrf, 'content-type': type };
    return (await fetch(`${origin()}${pagePrefix}/files/stat`, { method: 'POST', headers, body })).status;
  };
  assert.equal(await post(`{"connection":"account","path":"/${'a'.repeat(3_000_000)}"}`), 413);
  for (const body of [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":{}}}',
  ])
    assert.equal(await post(body), 400, body);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    assert.ok([400, 415].includes(await post('connection=account&path=/', type)), type);
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  assert.equal(await post(deep), 400);
  assert.equal(await post('{"connection":"account","path":"/"}'), 200);
  const host = `127.0.0.1:${server.port('http')}`;
  const address = `${pagePrefix}/files/stat`;
  assert.match(await raw(`POST ${address} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: x\r\n\r\n`), / 400 /u);
  const twice = 'content-length: 5\r\ntransfer-encoding: chunked\r\n';
  assert.match(await raw(`POST ${address} HTTP/1.1\r\nhost: ${host}\r\n${twice}\r\n0\r\n\r\n`), / 400 /u);
  assert.match(await raw(`GET / HTTP/1.1\r\nhost: ${host}\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`), / 431 /u);
});

test('no parameter leads out of the tree of the account', async () => {
  await writeFile(join(server.directory, '..', `outside-${process.pid}`), 'secret').catch(() => undefined);
  const page = await logIn();
  const tricks = [
    `/../outside-${process.pid}`,
    `/a/../../outside-${process.pid}`,
    '/..',
    '/%2e%2e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/..\\..\\etc\\passwd',
    '/./../../../../etc/passwd',
    '//etc/passwd',
    '/\u2025/etc/passwd',
  ];
  for (const path of tricks) {
    const stat = await page.send('POST', '/files/stat', at(path));
    const text = await stat.text();
    assert.ok(
      stat.status === 404 || text.includes('"name":""') || text.includes('"type":"directory"'),
      `${path}: ${text}`,
    );
    assert.doesNotMatch(text, new RegExp(server.directory, 'u'), 'no path of the host is told');
    const { url } = await page.call('POST', '/files/ticket', {
      connection: 'account',
      paths: [path],
      disposition: 'inline',
    });
    assert.ok((await page.send('GET', String(url))).status >= 400, path);
    const zip = { connection: 'account', paths: [path, path], disposition: 'attachment', archive: 'zip' };
    const archive = await page.send('GET', String((await page.call('POST', '/files/ticket', zip))['url']));
    assert.doesNotMatch(
      Buffer.from(await archive.arrayBuffer().catch(() => new ArrayBuffer(0))).toString('latin1'),
      /root:|secret/u,
    );
  }
  for (const address of [
    '/..%2f..%2fetc%2fpasswd',
    '/assets/..%2f..%2f..%2fetc%2fpasswd',
    '/%00',
    '/.sources',
  ])
    assert.doesNotMatch(await (await fetch(origin() + address)).text(), /root:/u);
  const nul = await page.send('POST', '/files/stat', at('/a\0b'));
  assert.equal(nul.status, 400);
});

test('a file that somebody has uploaded runs nowhere', async () => {
  const page = await logIn();
  for (const [name, content] of [
    ['x.html', '<script>alert(1)</script>'],
    ['x.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['x.xhtml', '<html xmlns="http://www.w3.org/1999/xhtml"/>'],
    ['x.js', 'alert(1)'],
    ['x.png', '<script>alert(1)</script>'],
    ['a"; filename="evil.html', 'x'],
  ] as const) {
    await writeFile(join(server.directory, name), content);
    const { url } = await page.call('POST', '/files/ticket', {
      connection: 'account',
      paths: [`/${name}`],
      disposition: 'inline',
    });
    const { headers } = await page.send('GET', String(url));
    assert.match(headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/u);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    const disposition = headers.get('content-disposition') ?? '';
    if (name === 'x.png') assert.equal(headers.get('content-type'), 'image/png');
    else assert.match(disposition, /^attachment; filename="/u, name);
    assert.equal((disposition.match(/filename="/gu) ?? []).length, 1, disposition);
    const stranger = new PageClient(origin());
    assert.equal((await stranger.send('GET', String(url))).status, 401, 'a ticket is no login');
  }
});

test('nothing opens connections to other hosts from here, however it is asked', async () => {
  const page = await logIn();
  for (const address of [
    'ftp://169.254.169.254/',
    'sftp://127.0.0.1:22/',
    'file:///etc/passwd',
    '/etc/passwd',
  ])
    assert.equal(await page.refusal('POST', '/connections', { address }), 'not-supported');
  const elsewhere = { connection: 'local', path: '/etc' };
  assert.equal(await page.refusal('POST', '/files/stat', elsewhere), 'closed');
  const transfers = [{ source: elsewhere, targetDirectory: at('/'), type: 'file' }];
  assert.equal(await page.refusal('POST', '/queue', { transfers }), 'not-supported');
});

test('a login that ends in the middle of an upload is told of, and the next one goes on with it', async () => {
  const content = randomBytes(300_000);
  const first = await logIn();
  const url =
    (await beginUpload(first, content.length, { relativePath: 'long.bin' })).headers.get('location') ?? '';
  assert.equal((await sendPiece(first, url, 0, content.subarray(0, 100_000))).status, 204);
  await first.call('DELETE', '/session');
  const refused = await sendPiece(first, url, 100_000, content.subarray(100_000));
  assert.equal(refused.status, 401);
  assert.equal(
    ((await refused.json()) as { readonly error: { readonly code: string } }).error.code,
    'login-refused',
  );
  const second = await logIn();
  const head = await second.send('HEAD', url, undefined, { 'tus-resumable': '1.0.0' });
  assert.equal(head.headers.get('upload-offset'), '100000');
  assert.equal((await sendPiece(second, url, 100_000, content.subarray(100_000))).status, 204);
  assert.ok(content.equals(await fetchFile(second, '/long.bin')));
});

test('whose session an administrator ends loses the uploads with it', async () => {
  const page = await logIn();
  const url = (await beginUpload(page, 1000, { relativePath: 'kicked.bin' })).headers.get('location') ?? '';
  assert.equal((await sendPiece(page, url, 0, randomBytes(500))).status, 204);
  const { body } = await send(server, '/api/v1/sessions');
  const { sessions } = body as { readonly sessions: readonly { readonly id: string }[] };
  for (const { id } of sessions) {
    const kick = { method: 'POST', body: { reason: 'for the test' } };
    assert.ok((await send(server, `/api/v1/sessions/${id}/kick`, kick)).status < 300);
  }
  const again = await logIn();
  assert.equal((await again.send('HEAD', url, undefined, { 'tus-resumable': '1.0.0' })).status, 404);
  assert.equal(await again.refusal('POST', '/files/stat', at('/kicked.bin')), 'not-found');
});

test('the description of the interface names every route of the page', async () => {
  const { paths } = (await (await fetch(`${origin()}/api/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary?: string }>>>>;
  };
  const more = [
    'POST /session/login',
    'POST /session/code',
    'GET /shares',
    'POST /share-gates/:token',
    'POST /passkeys/finish',
  ];
  for (const name of [...Object.keys(pageBodies), ...more, 'POST /uploads', 'PATCH /uploads/:id']) {
    const [method = '', address = ''] = name.split(' ');
    const found = paths[`${pagePrefix}${address.replaceAll(/:(\w+)/gu, '{$1}')}`]?.[method.toLowerCase()];
    assert.ok((found?.summary ?? '') !== '', name);
  }
});
