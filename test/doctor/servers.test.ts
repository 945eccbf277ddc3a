import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startWherry } from '../cli/wherry-process.ts';
import { ScriptedServer } from '../ftp-client/scripted-server.ts';
import { examine } from './network.ts';

const clear = ['--tls', 'off'];

test('421 in the greeting is told as too many connections, or as a server that takes nobody', async () => {
  await using crowded = await ScriptedServer.start({
    greeting: '421 Too many connections (8) from this internet address\r\n',
  });
  const result = await examine([...clear, `ftp://me:pw@127.0.0.1:${crowded.port}/`]);
  assert.equal(result.code, 3);
  assert.equal(result.finding('greeting')['code'], 'too-many');
  assert.match(result.summary['text'] ?? '', /too many connections are open/);
  assert.equal(crowded.commands.length, 0);
});

test('530 "too many" at the login is a limit and no wrong password', async () => {
  await using crowded = await ScriptedServer.start({
    scripts: {
      PASS: () => '530 Sorry, the maximum number of clients (2) for this user are already connected\r\n',
    },
  });
  const { code, finding } = await examine([...clear, `ftp://me:pw@127.0.0.1:${crowded.port}/`]);
  assert.equal(code, 3);
  assert.equal(finding('login')['side'], 'server');
});

test('a service that is no FTP server is named', async () => {
  const web = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => {
    web.listen(0, '127.0.0.1', resolve);
  });
  const { port } = web.address() as AddressInfo;
  try {
    const { code, finding } = await examine([`ftp://127.0.0.1:${port}/`]);
    assert.equal(code, 3);
    assert.match(finding('greeting')['cause'] ?? '', /looks like a web server/);
    assert.equal(finding('greeting')['side'], 'here');
  } finally {
    web.close();
  }
});

test('a server that refuses TLS, and hangs in every listing is examined to the end', async () => {
  await using hanging = await ScriptedServer.start({
    scripts: {
      AUTH: () => '502 Not here\r\n',
      FEAT: () => '500 What?\r\n',
      PORT: () => '200 Fine\r\n',
      LIST: (_argument, session) => {
        session.send('150 Here it comes\r\n');
        return null;
      },
      ABOR: () => '226 Stopped\r\n',
    },
  });
  const { code, finding, summary } = await examine([
    '--timeout',
    '1',
    `ftp://me:pw@127.0.0.1:${hanging.port}/`,
  ]);
  assert.equal(finding('tls')['verdict'], 'warning');
  assert.equal(finding('listing')['verdict'], 'problem');
  assert.equal(code, 3);
  assert.match(summary['text'] ?? '', /^The login works and the listing hangs or fails/);
});

test('522 on a listing is the TLS session that was not resumed', async () => {
  const refuse = (): string => '522 SSL connection failed: session reuse required\r\n';
  await using strict = await ScriptedServer.start({
    scripts: { LIST: refuse, PORT: () => '200 Fine\r\n' },
  });
  const { code, finding, summary } = await examine([...clear, `ftp://me:pw@127.0.0.1:${strict.port}/`]);
  assert.equal(code, 6);
  assert.match(finding('epsv')['cause'] ?? '', /demands that the one of the control connection is resumed/);
  assert.match(summary['text'] ?? '', /require_ssl_reuse=NO/);
});

test('a path that is not there is told apart from a listing that does not come', async () => {
  await using server = await ScriptedServer.start({
    scripts: {
      LIST: async (argument, session) => {
        if (argument === 'lost') return '550 No such file or directory\r\n';
        session.send('150 Here it comes\r\n');
        (await session.data()).end();
        return '226 Done\r\n';
      },
    },
  });
  const { code, finding } = await examine([...clear, `ftp://me:pw@127.0.0.1:${server.port}/lost/`]);
  assert.equal(code, 5);
  assert.equal(finding('epsv')['verdict'], 'ok');
  assert.equal(finding('listing')['code'], 'not-found');
});

test('a host key is unknown, then known, then another one', async (t) => {
  const server = await startWherry(t, {
    words: ['--ftp', 'off', '--ftps', 'off', '--http', 'off', '--user', 'me:pw'],
  });
  const directory = mkdtempSync(join(tmpdir(), 'wherry-doctor-keys-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  const knownHosts = join(directory, 'known_hosts');
  const port = server.port('sftp');
  const words = ['--known-hosts', knownHosts, `sftp://me:pw@127.0.0.1:${port}/`];

  const unknown = await examine(words);
  assert.equal(unknown.code, 6);
  assert.match(unknown.finding('host-key')['seen'] ?? '', /not known yet/);
  assert.equal(unknown.finding('login')['verdict'], 'skipped');

  const known = await examine(['--write', '--host-keys', 'accept-new', ...words]);
  assert.equal(known.code, 0, known.output);
  assert.equal(known.finding('write')['verdict'], 'ok');

  const other = Buffer.concat([
    Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
    Buffer.alloc(32, 7),
  ]);
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ssh-ed25519 ${other.toString('base64')}\n`);
  const changed = await examine(words);
  assert.equal(changed.code, 6);
  assert.match(changed.finding('host-key')['cause'] ?? '', /has changed/);
  assert.match(changed.finding('host-key')['seen'] ?? '', /line 1 of/);
});
