import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import {
  freeHttp,
  noSsh,
  runWherry,
  scratch,
  startWherry,
  type WherryProcess,
} from '#test/cli/wherry-process.ts';
import { RawClient } from '#test/ftp/harness.ts';

const tenKilobytes = 'n'.repeat(10_240);

/** Names that are nobody's, each for another reason. */
const badNames: Readonly<Record<string, string>> = {
  'a line end': 'alice\r\nUSER root',
  'a control character': 'ali\u0001ce',
  'a right-to-left override': 'ali\u202ece',
  'no width': 'ali\u200bce',
  'the way up': '..',
  'a path': '../alice',
  'a slash': 'alice/bob',
  'ten kilobytes': tenKilobytes,
  nothing: '',
};

const shared = startWherry(
  { after: after as TestContext['after'] },
  {
    words: ['--user', 'alice:wonderland', ...noSsh],
  },
);

async function rest(server: WherryProcess, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port('http')}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await tokenOf(server)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const tokens = new WeakMap<WherryProcess, Promise<string>>();

async function makeToken({ dataDirectory }: WherryProcess): Promise<string> {
  const at = ['--data-dir', dataDirectory, '--json'];
  assert.equal((await runWherry(['admin', 'create', 'root', '--generate-password', ...at])).code, 0);
  const scopes = 'accounts:write,bans:write,config:write';
  const { stdout, stderr } = await runWherry(['token', 'add', 'root', '--scopes', scopes, ...at]);
  assert.notEqual(stdout, '', stderr);
  return (JSON.parse(stdout) as { readonly secret: string }).secret;
}

function tokenOf(server: WherryProcess): Promise<string> {
  const token = tokens.get(server) ?? makeToken(server);
  tokens.set(server, token);
  return token;
}

test('no account, group or mount gets a name that could deceive or climb', async () => {
  const server = await shared;
  for (const [why, name] of Object.entries(badNames)) {
    for (const kind of ['users', 'groups']) {
      const response = await rest(server, 'POST', `/${kind}`, { name });
      assert.equal(response.status, 400, `${kind} with ${why}: ${await response.text()}`);
    }
    if (name === '') continue;
    const found = await rest(server, 'GET', `/users/${encodeURIComponent(name)}`);
    assert.ok([400, 404, 414].includes(found.status), `${why}: ${found.status}`);
  }
  // The way up from the root is the root, and from below it a shorter path.
  const paths: readonly (readonly [given: string, kept: string | null])[] = [
    ['/../etc', '/etc'],
    ['/a/../../b', '/b'],
    ['/a\0b', null],
    [`/${tenKilobytes}`, null],
  ];
  for (const [path, kept] of paths) {
    const mounts = [{ path, directory: '/tmp', readOnly: false }];
    const response = await rest(server, 'PATCH', '/users/alice', { mounts });
    const text = await response.text();
    assert.equal(response.status, kept === null ? 400 : 200, `${path.slice(0, 20)}: ${text}`);
    if (kept !== null) assert.ok(text.includes(`"path":"${kept}"`), text);
  }
});

test('whoever logs in by such a name is refused like anybody else, and the server goes on', async () => {
  const server = await shared;
  for (const [why, name] of Object.entries(badNames)) {
    if (/[\r\n]/u.test(name) || name === '') continue;
    const client = await RawClient.connect('127.0.0.1', server.port());
    await client.expect(220);
    const { code } = await client.command(`USER ${Buffer.from(name).toString('latin1')}`);
    assert.ok([331, 500, 501, 530, 421].includes(code), `${why}: ${code}`);
    if (code === 331) await client.command('PASS wonderland', 530);
    client.destroy();
  }
  const client = await RawClient.connect('127.0.0.1', server.port());
  await client.expect(220);
  await client.command('USER alice', 331);
  await client.command('PASS wonderland', 230);
  for (const path of [
    '../../etc/passwd',
    '/../../etc/passwd',
    `/${tenKilobytes}`,
    'a\u0001b',
    '%2e%2e/etc',
  ]) {
    const { code } = await client.command(`SIZE ${path}`);
    assert.ok([500, 501, 550, 553].includes(code), `${path.slice(0, 20)}: ${code}`);
  }
  client.destroy();
});

test('a name that looks like another is another', async () => {
  const server = await shared;
  const cyrillic = 'аlice';
  const response = await rest(server, 'POST', '/users', { name: cyrillic, password: 'a different one' });
  assert.ok([200, 400].includes(response.status), String(response.status));
  const client = await RawClient.connect('127.0.0.1', server.port());
  await client.expect(220);
  await client.command('OPTS UTF8 ON', 200);
  await client.command(`USER ${Buffer.from(cyrillic).toString('latin1')}`, 331);
  await client.command('PASS wonderland', 530);
  client.destroy();
});

test('a second server on one data directory refuses, and the first goes on', async (t) => {
  const server = await shared;
  const words = ['serve', scratch(t), '--data-dir', server.dataDirectory, ...noSsh];
  const ports = ['--ftp', '0', '--ftps', 'off', '--http', '0'];
  const second = await runWherry([...words, ...ports], freeHttp);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another wherry is using it/u);
  const client = await RawClient.connect('127.0.0.1', server.port());
  await client.expect(220);
  client.destroy();
});

for (const database of ['wherry.db', 'state.db', 'audit.db']) {
  test(`a damaged ${database} ends the start in clear words, and nothing is overwritten`, async (t) => {
    const dataDirectory = scratch(t);
    const damaged = Buffer.alloc(8192, 'this is no database. ');
    writeFileSync(join(dataDirectory, database), damaged, { mode: 0o600 });
    const words = ['serve', scratch(t), '--data-dir', dataDirectory, '--ftp', '0', '--ftps', 'off', ...noSsh];
    const { code, stderr } = await runWherry([...words, '--http', 'off']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /damaged|no database|another program/iu);
    assert.ok(!stderr.includes('    at '), stderr);
    assert.deepEqual(readFileSync(join(dataDirectory, database)), damaged);
    assert.ok(readdirSync(dataDirectory).every((name) => !name.startsWith(`${database}-wal`)));
  });
}
