import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
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

/** What becomes of an upload, what it is called then, and what is advised. */
const refusals = [
  ['552 Requested file action aborted: quota exceeded', 'quota', /remove files/u],
  ['553 File name not allowed', 'name-invalid', /name/u],
  ['550 Permission denied', 'permission', /right|directory/u],
  ['452 Insufficient storage space', 'no-space', /make room/u],
] as const;

for (const [reply, expected, remedy] of refusals) {
  test(`"${reply}" on an upload is told as what it is`, async () => {
    await using server = await ScriptedServer.start({ scripts: { STOR: () => `${reply}\r\n` } });
    const { finding } = await examine([...clear, '--write', `ftp://me:pw@127.0.0.1:${server.port}/`]);
    assert.equal(finding('write')['code'], expected);
    assert.ok(finding('write')['seen']?.includes(reply.slice(0, 3)));
    assert.match(finding('write')['remedy'] ?? '', remedy);
  });
}

test('a server whose files are hours off tells local time where UTC is meant', async () => {
  let name = '';
  await using server = await ScriptedServer.start({
    scripts: {
      STOR: async (argument, session) => {
        name = argument;
        session.send('150 Send it\r\n');
        (await session.data()).resume();
        return '226 Done\r\n';
      },
      FEAT: () => '211-Features\r\n MDTM\r\n211 End\r\n',
      DELE: () => '250 Gone\r\n',
      MDTM: () => `213 ${inTwoHours()}\r\n`,
      MLST: (argument) =>
        `250-Listing\r\n type=file;size=0;modify=${inTwoHours()}; ${argument}\r\n250 End\r\n`,
    },
  });
  const { finding } = await examine([...clear, '--write', `ftp://me:pw@127.0.0.1:${server.port}/`]);
  assert.notEqual(name, '');
  assert.equal(finding('clock')['verdict'], 'warning');
  assert.match(finding('clock')['cause'] ?? '', /local time/u);
});

/** As a server that is two hours east and takes its own time for UTC would say it. */
function inTwoHours(): string {
  return new Date(Date.now() + 2 * 3_600_000).toISOString().replaceAll(/[-T:]|\..*/gu, '');
}

test('TFTP: a server that is silent is told from one that has no such file', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const nobody = await examine(['--timeout', '1', `tftp://127.0.0.1:${silent.address().port}/x`]);
  assert.equal(nobody.code, 7);
  assert.match(nobody.finding('answer')['cause'] ?? '', /another port/u);
  assert.equal(nobody.finding('answer')['side'], 'network');

  const words = ['--ftp', 'off', '--ftps', 'off', '--sftp', 'off', '--http', 'off', '--tftp', '0'];
  const server = await startWherry(t, { words });
  writeFileSync(join(server.directory, 'image'), 'boot');
  const address = `tftp://127.0.0.1:${server.port('tftp')}/`;
  const there = await examine([`${address}image`]);
  assert.equal(there.code, 0, there.output);
  const missing = await examine([`${address}missing`]);
  assert.equal(missing.code, 5);
  assert.match(missing.finding('answer')['cause'] ?? '', /no file of this name/u);
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
