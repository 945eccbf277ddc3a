import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ShareRecord } from '#protocols/http/contract/page/shares.ts';
import { noSsh, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { send } from '#test/http/requests.ts';
import { beginUpload, fetchFile, logIn as logInAt, sendPiece, takeLogin, upload } from './hosted-client.ts';
import { PageClient } from './page-client.ts';

let server: WherryProcess;
let files: string;
const cleanups: (() => void | Promise<void>)[] = [];

before(async () => {
  const t = { after: (work: () => void | Promise<void>) => void cleanups.push(work) };
  const words = [
    ...noSsh,
    '--host',
    '127.0.0.1',
    '--user',
    'anna:secret',
    '--user',
    'guest:guest:r',
    '--user',
    'otto:otto',
  ];
  server = await startWherry(t, { words });
  files = server.directory;
  await mkdir(join(files, 'shared', 'below'), { recursive: true });
  await writeFile(join(files, 'shared', 'a.txt'), 'shared content');
  await writeFile(join(files, 'shared', 'below', 'b.txt'), 'deeper');
  await writeFile(join(files, 'private.txt'), 'nobody sees this');
  await symlink('../private.txt', join(files, 'shared', 'link'));
  await symlink('..', join(files, 'shared', 'up'));
});

after(async () => {
  for (const work of cleanups.toReversed()) await work();
});

const origin = (): string => `http://127.0.0.1:${server.port('http')}`;
const logIn = async (user = 'anna', password = 'secret'): Promise<PageClient> =>
  logInAt(origin(), user, password);

interface Made extends ShareRecord {
  readonly token: string;
}

async function share(page: PageClient, change: object): Promise<Made> {
  const body = {
    path: '/shared',
    access: 'read',
    password: null,
    expiresAt: null,
    maximumUses: null,
    note: 'for the test',
    ...change,
  };
  const made = (await page.call('POST', '/shares', body)) as unknown as ShareRecord;
  const token = /\/s\/([\w-]{32})$/u.exec(made.url ?? '')?.[1] ?? '';
  assert.ok(made.url?.startsWith(`${origin()}/s/`) && token !== '', String(made.url));
  return { ...made, token };
}

async function visit(token: string, password: string | null = null): Promise<PageClient> {
  const page = new PageClient(origin());
  return takeLogin(page, await page.send('POST', `/share-gates/${token}`, { password }));
}

const at = (path: string): object => ({ connection: 'account', path });
async function list(page: PageClient, path: string): Promise<readonly string[]> {
  const lines = await page.lines('/files/list', at(path));
  const entries = lines.flatMap((line) => (line['entries'] ?? []) as readonly { readonly name: string }[]);
  return entries.map(({ name }) => name).toSorted();
}

test('a link shows a directory and nothing beside it, whatever the path or the link in it', async () => {
  const owner = await logIn();
  const { token, id } = await share(owner, {});
  const gate = await new PageClient(origin()).call('GET', `/share-gates/${token}`);
  assert.deepEqual(gate, {
    needsPassword: false,
    access: 'read',
    name: 'shared',
    owner: 'anna',
    expiresAt: null,
  });
  const visitor = await visit(token);
  const state = await visitor.call('GET', '/session');
  assert.deepEqual(state['user'], { name: 'anna', home: '/', readOnly: true, share: 'shared' });
  assert.deepEqual(await list(visitor, '/'), ['a.txt', 'below']);
  assert.equal((await fetchFile(visitor, '/below/b.txt')).toString(), 'deeper');
  for (const path of ['/private.txt', '/../private.txt', '/link', '/up/private.txt', '/up', '/shared/a.txt'])
    assert.equal(await visitor.refusal('POST', '/files/stat', at(path)), 'not-found', path);
  const ticket = { connection: 'account', paths: ['/link'], disposition: 'inline' };
  const { url } = await visitor.call('POST', '/files/ticket', ticket);
  assert.equal((await visitor.send('GET', String(url))).status, 404);
  assert.match(JSON.stringify(await visitor.lines('/files/list', at('/up'))), /not-found/u);
  const search = { places: [at('/')], name: '*', nameSyntax: 'glob', caseSensitive: false };
  assert.doesNotMatch(JSON.stringify(await visitor.lines('/files/search', search)), /private/u);
  for (const [method, path, body] of [
    ['POST', '/files/directory', at('/new')],
    ['POST', '/files/rename', { connection: 'account', from: '/a.txt', to: '/c.txt' }],
    [
      'PUT',
      '/files/text',
      { ...at('/a.txt'), text: 'x', encoding: 'utf-8', byteOrderMark: false, lineEnding: 'lf' },
    ],
    [
      'POST',
      '/shares',
      { path: '/', access: 'read', password: null, expiresAt: null, maximumUses: null, note: '' },
    ],
    ['GET', '/shares', undefined],
    ['GET', '/passkeys', undefined],
    ['DELETE', `/shares/${id}`, undefined],
    ['GET', '/api/v1/users', undefined],
  ] as const)
    assert.equal(await visitor.refusal(method, path, body), 'permission', `${method} ${path}`);
  assert.match(
    JSON.stringify(await visitor.lines('/files/delete', { connection: 'account', paths: ['/a.txt'] })),
    /permission/u,
  );
  assert.equal((await beginUpload(visitor, 1, { relativePath: 'x' })).status, 403);
  assert.equal(await readFile(join(files, 'shared', 'a.txt'), 'utf8'), 'shared content');
});

test('a link of one file shows that file alone', async () => {
  const owner = await logIn();
  const { token } = await share(owner, { path: '/shared/a.txt' });
  const visitor = await visit(token);
  assert.deepEqual(await list(visitor, '/'), ['a.txt']);
  assert.equal((await fetchFile(visitor, '/a.txt')).toString(), 'shared content');
  for (const path of ['/below', '/below/b.txt', '/link'])
    assert.equal(await visitor.refusal('POST', '/files/stat', at(path)), 'not-found');
});

test('through a link for uploads files come, are numbered, and nothing is seen', async () => {
  await mkdir(join(files, 'inbox'));
  await writeFile(join(files, 'inbox', 'taken.txt'), 'old');
  const owner = await logIn();
  const { token } = await share(owner, { path: '/inbox', access: 'upload-only' });
  const visitor = await visit(token);
  assert.equal(await upload(visitor, 'first', { relativePath: 'folder/new.txt' }), 204);
  assert.equal(await upload(visitor, 'second', { relativePath: 'taken.txt', existing: 'rename' }), 204);
  // Any other answer would tell that there is a file of this name.
  assert.equal(await upload(visitor, 'third', { relativePath: 'taken.txt', existing: 'skip' }), 204);
  assert.equal(await upload(visitor, 'fourth', { relativePath: 'taken.txt', existing: 'overwrite' }), 204);
  assert.equal(await upload(visitor, 'out', { relativePath: '../out.txt' }), 400);
  assert.match(JSON.stringify(await visitor.lines('/files/list', at('/'))), /permission/u);
  assert.equal(await visitor.refusal('POST', '/files/stat', at('/taken.txt')), 'permission');
  assert.deepEqual((await readdir(join(files, 'inbox'))).toSorted(), [
    'folder',
    'taken (2).txt',
    'taken (3).txt',
    'taken (4).txt',
    'taken.txt',
  ]);
  assert.equal(await readFile(join(files, 'inbox', 'taken.txt'), 'utf8'), 'old');
  assert.equal(await readFile(join(files, 'inbox', 'folder', 'new.txt'), 'utf8'), 'first');
  for (const route of ['/files/sizes', '/files/delete'])
    assert.match(
      JSON.stringify(await visitor.lines(route, { connection: 'account', paths: ['/taken.txt'] })),
      /permission/u,
      route,
    );
  assert.equal(await visitor.refusal('POST', '/files/text', at('/taken.txt')), 'permission');
  const fetched = { connection: 'account', paths: ['/taken.txt'], disposition: 'attachment' };
  const { url } = await visitor.call('POST', '/files/ticket', fetched);
  assert.equal((await visitor.send('GET', String(url))).status, 403);
});

test('visitors who bring files of one name at the same time all find a place for them', async () => {
  await mkdir(join(files, 'together'));
  const { token } = await share(await logIn(), { path: '/together', access: 'upload-only' });
  const contents = ['first', 'second', 'third'];
  const begun = await Promise.all(
    contents.map(async (content) => {
      const visitor = await visit(token);
      const answer = await beginUpload(visitor, content.length, { relativePath: 'photo.jpg' });
      return { visitor, content, url: answer.headers.get('location') ?? '' };
    }),
  );
  for (const { visitor, content, url } of begun)
    assert.equal((await sendPiece(visitor, url, 0, Buffer.from(content))).status, 204);
  const names = (await readdir(join(files, 'together'))).toSorted();
  assert.deepEqual(names, ['photo (2).jpg', 'photo (3).jpg', 'photo.jpg']);
  const found = await Promise.all(names.map((name) => readFile(join(files, 'together', name), 'utf8')));
  assert.deepEqual(found.toSorted(), contents);
});

test('a password, a number of visits and a time end what a link gives', async (t) => {
  const owner = await logIn();
  const { token } = await share(owner, { password: 'open sesame', maximumUses: 2 });
  const nobody = new PageClient(origin());
  const enter = (password: string | null): Promise<string> =>
    nobody.refusal('POST', `/share-gates/${token}`, { password });
  assert.equal(await enter('wrong'), 'login-refused');
  assert.equal(await enter(null), 'login-refused');
  const first = await visit(token, 'open sesame');
  await visit(token, 'open sesame');
  assert.equal(await enter('open sesame'), 'not-found', 'it was used up');
  assert.deepEqual(await list(first, '/'), ['a.txt', 'below'], 'who is in stays in');
  const shares = (await owner.call('GET', '/shares'))['shares'] as readonly ShareRecord[];
  const shown = shares.find(({ hasPassword }) => hasPassword);
  assert.deepEqual([shown?.uses, shown?.usesLeft, shown?.url], [2, 0, null]);
  const past = { path: '/shared', access: 'read', password: null, maximumUses: null, note: '' };
  assert.equal(
    await owner.refusal('POST', '/shares', { ...past, expiresAt: Date.now() - 1 }),
    'invalid-argument',
  );
  const soon = await share(owner, { expiresAt: Date.now() + 1500 });
  const guest = await visit(soon.token);
  await guest.listen(t);
  await guest.message((message) => message.type === 'session-ended');
  assert.equal(await nobody.refusal('GET', `/share-gates/${soon.token}`), 'not-found');
});

test('a link that is removed ends the visits that came by it; others stay, and strangers remove nothing', async (t) => {
  const owner = await logIn();
  const [one, other] = [await share(owner, {}), await share(owner, {})];
  const [gone, stays] = [await visit(one.token), await visit(other.token)];
  await gone.listen(t);
  const guest = await logIn('guest', 'guest');
  assert.equal(await guest.refusal('DELETE', `/shares/${one.id}`), 'not-found');
  assert.equal(
    await owner.refusal('DELETE', `/shares/${one.id}`, undefined, { 'x-wherry-csrf': '' }),
    'permission',
  );
  await owner.call('DELETE', `/shares/${one.id}`);
  await gone.message((message) => message.type === 'session-ended');
  assert.equal(await gone.refusal('POST', '/files/stat', at('/')), 'login-refused');
  assert.deepEqual(await list(stays, '/'), ['a.txt', 'below']);
  assert.equal(await gone.refusal('GET', `/share-gates/${one.token}`), 'not-found');
});

test('nobody gives away more than they have', async () => {
  const guest = await logIn('guest', 'guest');
  const body = { path: '/shared', password: null, expiresAt: null, maximumUses: null, note: '' };
  assert.equal(await guest.refusal('POST', '/shares', { ...body, access: 'upload-only' }), 'permission');
  assert.equal(
    await guest.refusal('POST', '/shares', { ...body, access: 'read', path: '/none' }),
    'not-found',
  );
  assert.equal(
    await guest.refusal('POST', '/shares', { ...body, access: 'read', path: '/shared/link' }),
    'not-regular',
  );
  assert.equal(await guest.refusal('POST', '/shares', { ...body, access: 'everything' }), 'invalid-argument');
  assert.equal(
    await guest.refusal('POST', '/shares', { ...body, access: 'read', path: 'x' }),
    'invalid-argument',
  );
});

test('a link has what its owner has at the moment, and ends with them', async (t) => {
  const change = async (body: object): Promise<void> => {
    const reply = await send(server, '/api/v1/users/otto', { method: 'PATCH', body });
    assert.equal(reply.status, 200, reply.text);
  };
  await change({ rights: 'rw' });
  const owner = await logIn('otto', 'otto');
  const { token } = await share(owner, { access: 'read-and-upload' });
  const visitor = await visit(token);
  await visitor.listen(t);
  assert.equal(await upload(visitor, 'x', { relativePath: 'by otto’s link.txt' }), 204);
  await change({ rights: 'r' });
  for (let status = 201; status !== 403;) {
    status = (await beginUpload(visitor, 1, { relativePath: `${randomUUID()}.txt` })).status;
    assert.ok([201, 403].includes(status), `it was answered with ${status}`);
  }
  assert.ok((await list(visitor, '/')).includes('a.txt'));
  await change({ enabled: false });
  await visitor.message((message) => message.type === 'session-ended');
  const nobody = new PageClient(origin());
  assert.equal(await nobody.refusal('POST', `/share-gates/${token}`, { password: null }), 'not-found');
  await change({ enabled: true });
  await visit(token);
  const users = '/api/v1/users';
  assert.equal((await send(server, `${users}/otto`, { method: 'DELETE' })).status, 204);
  const again = await send(server, users, {
    method: 'POST',
    body: { name: 'otto', password: 'another one' },
  });
  assert.ok(again.status < 300, again.text);
  assert.equal(await nobody.refusal('POST', `/share-gates/${token}`, { password: null }), 'not-found');
});

test('guesses at links and their passwords are slowed down and told of as failed logins', async () => {
  const owner = await logIn();
  const { token } = await share(owner, { password: 'right' });
  const nobody = new PageClient(origin());
  const from = server.lines.length;
  const startedAtMs = performance.now();
  assert.equal(await nobody.refusal('GET', `/share-gates/${'x'.repeat(32)}`), 'not-found');
  assert.equal(await nobody.refusal('POST', `/share-gates/${token}`, { password: 'left' }), 'login-refused');
  assert.ok(performance.now() - startedAtMs >= 600, 'each was answered late');
  for (const reason of ['there is no such link', 'the password is wrong'])
    await server.event((event) => event['event'] === 'login-refused' && event['reason'] === reason, from);
});
