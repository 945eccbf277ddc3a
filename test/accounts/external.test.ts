import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { httpAccounts, programAccounts } from '#accounts/index.ts';
import { Secret } from '#core/secret.ts';
import { rootPath } from '#core/virtual-path.ts';
import { attempt, forever } from './attempt.ts';
import { temporaryDirectory } from './directory.ts';
import { outcomeOf } from './fixture.ts';

const options = { fileSystemFor: () => null } as const;

async function serve(
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/login`;
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}

test('a web service is asked with everything and its answer is the account', async (context) => {
  const asked: unknown[] = [];
  const url = await serve(context, (request, response, body) => {
    asked.push(request.headers.authorization, JSON.parse(body));
    json(response, {
      outcome: 'accepted',
      account: { rights: 'none', startDirectory: '/%user%', rules: [{ path: '/in', allow: 'w' }] },
    });
  });
  const accounts = httpAccounts({ ...options, url, secret: new Secret('token') });
  const outcome = await accounts.authenticate(attempt('anna', 'secret'), forever);
  assert.ok(outcome.outcome === 'accepted');
  assert.equal(outcome.account.home, '/anna');
  assert.equal(outcome.account.access.decide('upload', rootPath).allowed, false);
  assert.deepEqual(asked, [
    'Bearer token',
    {
      user: 'anna',
      credential: { kind: 'password', password: 'secret' },
      previous: [],
      protocol: 'ftp',
      remoteAddress: '192.0.2.1',
      secure: true,
      host: null,
    },
  ]);
});

test('a refusal, a demand for more and the circumstances of an account are taken', async (context) => {
  let answer: unknown = { outcome: 'refused', reason: 'not today' };
  const url = await serve(context, (_request, response) => json(response, answer));
  const accounts = httpAccounts({ ...options, url });
  assert.equal(await outcomeOf(accounts, 'anna', 'x'), 'not today');
  assert.equal(await outcomeOf(accounts, '../anna', 'x'), 'there is no such account');
  answer = { outcome: 'more', wanted: ['one-time-code'] };
  assert.equal(await outcomeOf(accounts, 'anna', 'x'), 'more: one-time-code');
  answer = { outcome: 'accepted', account: { expiresAt: 5 } };
  assert.equal(await outcomeOf(accounts, 'anna', 'x'), 'the account has expired');
});

const huge = `{"outcome":"accepted","account":{"home":"/${'x'.repeat(300_000)}"}}`;
for (const [what, answer] of [
  [
    'another status',
    (response) =>
      void response.writeHead(201, { 'content-type': 'application/json' }).end('{"outcome":"accepted"}'),
  ],
  ['another type', (response) => void response.end('{"outcome":"accepted"}')],
  ['no JSON', (response) => json(response, '{"outcome":"accepted"')],
  ['a list', (response) => json(response, '[]')],
  ['no outcome', (response) => json(response, {})],
  ['a setting that is none', (response) => json(response, { outcome: 'accepted', account: { admin: true } })],
  [
    'a setting that is wrong',
    (response) => json(response, { outcome: 'accepted', account: { home: '/a/../b' } }),
  ],
  ['more than 256 KiB', (response) => json(response, huge)],
  ['a redirection', (response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
  ['nothing', (response) => void response.socket?.destroy()],
  ['no answer in time', () => undefined],
] satisfies readonly (readonly [string, (response: ServerResponse) => void])[]) {
  test(`a web service that answers with ${what} lets nobody in`, async (context) => {
    let asked = 0;
    const url = await serve(context, (_request, response) => {
      asked += 1;
      answer(response);
    });
    const accounts = httpAccounts({ ...options, url, timeoutMs: 300 });
    await assert.rejects(async () => accounts.authenticate(attempt('anna', 'x'), forever), {
      code: 'unavailable',
    });
    assert.equal(asked, 1);
  });
}

test('a login that is stopped stops the question', async (context) => {
  const stop = new AbortController();
  const url = await serve(context, () => stop.abort());
  const accounts = httpAccounts({ ...options, url });
  await assert.rejects(async () => accounts.authenticate(attempt('anna', 'x'), stop.signal), {
    code: 'aborted',
  });
});

for (const url of ['http://example.org/', 'ftp://127.0.0.1/', 'https://user:pw@example.org/', 'nonsense']) {
  test(`logins are not put to ${url}`, () => {
    assert.throws(() => httpAccounts({ ...options, url }), { code: 'invalid-argument' });
  });
}

async function program(context: TestContext, script: string): Promise<string> {
  const file = join(await temporaryDirectory(context), 'program');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o700);
  return file;
}

test('a program is asked on its standard input, with a clean environment and no shell', async (context) => {
  process.env['WHERRY_TEST_SECRET'] = 'seen';
  context.after(() => void delete process.env['WHERRY_TEST_SECRET']);
  const file = await program(
    context,
    'read -r line; case "$line" in *\'"password":"$(id); x"\'*) ;; *) exit 1;; esac\n' +
      '[ -z "$WHERRY_TEST_SECRET" ] && [ "$1" = "a b" ] && echo \'{"outcome":"accepted","account":{"rights":"r"}}\'',
  );
  const accounts = programAccounts({ ...options, program: file, arguments: ['a b'] });
  const outcome = await accounts.authenticate(attempt('anna', '$(id); x'), forever);
  assert.ok(outcome.outcome === 'accepted');
  assert.equal(outcome.account.access.decide('upload', rootPath).allowed, false);
});

for (const [what, script] of [
  ['fails', 'echo \'{"outcome":"accepted"}\'; exit 3'],
  ['writes without end', 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done'],
  ['takes too long', 'exec sleep 60'],
  ['writes nothing', 'exit 0'],
] as const) {
  test(`a program that ${what} lets nobody in`, async (context) => {
    const accounts = programAccounts({
      ...options,
      program: await program(context, script),
      timeoutMs: 1000,
    });
    await assert.rejects(async () => accounts.authenticate(attempt('anna', 'x'), forever), {
      code: 'unavailable',
    });
  });
}

test('a program that is not there lets nobody in, and one without an absolute path is refused', async () => {
  const accounts = programAccounts({ ...options, program: '/nowhere/program' });
  await assert.rejects(async () => accounts.authenticate(attempt('anna', 'x'), forever), {
    code: 'unavailable',
  });
  assert.throws(() => programAccounts({ ...options, program: 'true' }), { code: 'invalid-argument' });
});
