import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { noSsh, runWherry, scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { RawClient } from '#test/ftp/harness.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A web service that answers for accounts. @returns its address */
async function serve(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => answer(request, response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/login`;
}

function accept(response: ServerResponse, account: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ outcome: 'accepted', account }));
}

async function startWith(
  t: TestContext,
  external: readonly object[],
  environment: Readonly<Record<string, string>> = {},
): Promise<WherryProcess> {
  const file = join(scratch(t), 'wherry.yaml');
  // YAML takes JSON as it is.
  writeFileSync(file, JSON.stringify({ accounts: { external }, timeouts: { failedLogin: '1ms' } }));
  const words = ['--config', file, '--user', 'local:secret', ...noSsh];
  return startWherry(t, { words, environment });
}

async function login(
  t: TestContext,
  server: WherryProcess,
  user: string,
  password: string,
): Promise<RawClient> {
  const client = await RawClient.connect('127.0.0.1', server.port());
  t.after(() => client.destroy());
  await client.expect(220);
  await client.command(`USER ${user}`, 331);
  client.send(`PASS ${password}\r\n`);
  return client;
}

test('a web service answers for accounts that the database does not have', async (t) => {
  const asked: { token: string | undefined; user: string }[] = [];
  const url = await serve(t, (request, response, body) => {
    const { user, credential } = JSON.parse(body) as { user: string; credential: { password: string } };
    asked.push({ token: request.headers.authorization, user });
    if (credential.password === 'right') accept(response, { startDirectory: '/in', rights: 'r' });
    else {
      response.setHeader('content-type', 'application/json');
      response.end('{"outcome":"refused","reason":"wrong"}');
    }
  });
  const server = await startWith(t, [{ url, secret: 'env:ACCOUNTS_TOKEN' }], { ACCOUNTS_TOKEN: 'bearer me' });
  mkdirSync(join(server.directory, 'in'));
  const anna = await login(t, server, 'anna', 'right');
  await anna.expect(230);
  assert.match((await anna.command('PWD', 257)).text, /"\/in"/u);
  await anna.command('MKD new', 550);
  await (await login(t, server, 'anna', 'wrong')).expect(530);
  assert.deepEqual(asked, [
    { token: 'Bearer bearer me', user: 'anna' },
    { token: 'Bearer bearer me', user: 'anna' },
  ]);
  await (await login(t, server, 'local', 'secret')).expect(230);
  assert.equal(asked.length, 2, 'whom the database accepts nobody else is asked about');
});

test('a program answers, after a service that is not there', async (t) => {
  const program = join(scratch(t), 'accounts');
  writeFileSync(
    program,
    '#!/bin/sh\nread question\ncase "$question" in\n' +
      `*'"user":"anna"'*'"password":"right"'*) echo '{"outcome":"accepted","account":{}}';;\n` +
      `*) echo "{\\"outcome\\":\\"refused\\",\\"reason\\":\\"$1\\"}";;\nesac\n`,
  );
  chmodSync(program, 0o700);
  const server = await startWith(t, [
    { url: 'http://127.0.0.1:1/nobody', timeout: '2s' },
    { program, arguments: ['not $(here)'] },
  ]);
  await (await login(t, server, 'anna', 'right')).expect(230);
  // A source that is silent may have been the one that knows: the login cannot be checked.
  await (await login(t, server, 'anna', 'wrong')).expect(421);
  await (await login(t, server, 'local', 'secret')).expect(230);
});

const hostile: Readonly<Record<string, Answer>> = {
  slow: (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.write('{');
  },
  huge: (_request, response) => {
    response.setHeader('content-type', 'application/json');
    const line = `"${'x'.repeat(65_536)}",`;
    const more = (): void => {
      if (!response.destroyed && response.write(line)) setImmediate(more);
    };
    response.on('drain', more);
    more();
  },
  redirect: (_request, response) => {
    response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' });
    response.end();
  },
  'wrong type': (_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('{"outcome":"accepted","account":{}}');
  },
  'path trick': (_request, response) => accept(response, { startDirectory: '/../../etc\0' }),
  'unknown setting': (_request, response) => accept(response, { administrator: true }),
  'no object': (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('[]');
  },
};

test('hostile answers let nobody in, and local accounts go on', async (t) => {
  let answer: Answer = () => undefined;
  const url = await serve(t, (...parts) => answer(...parts));
  const server = await startWith(t, [{ url, timeout: '300ms' }]);
  for (const [name, given] of Object.entries(hostile)) {
    answer = given;
    const client = await login(t, server, 'anna', 'right');
    assert.equal((await client.reply()).code, 421, name);
    await (await login(t, server, 'local', 'secret')).expect(230);
  }
});

test('sources that cannot be asked are told with their line', async (t) => {
  const file = join(scratch(t), 'wherry.yaml');
  const check = async (text: string): Promise<string> => {
    writeFileSync(file, text);
    const { code, stderr, stdout } = await runWherry(['config', 'check', '--config', file]);
    assert.equal(code, 2);
    return stdout + stderr;
  };
  assert.match(
    await check('accounts:\n  external:\n    - { url: "http://accounts.example/login" }\n'),
    /wherry\.yaml:2: accounts\.external: .*https/u,
  );
  assert.match(await check('accounts:\n  external:\n    - { timeout: 1s }\n'), /a url or a program/u);
  assert.match(
    await check('accounts:\n  external:\n    - { url: "https://a.example/", secret: "env:NOBODY_SET_IT" }\n'),
    /wherry\.yaml:3: .*NOBODY_SET_IT/u,
  );
});
