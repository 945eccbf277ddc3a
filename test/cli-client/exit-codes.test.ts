import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { ScriptedServer } from '#test/ftp-client/scripted-server.ts';
import { fixedAccounts, readOnlyAccess } from '#accounts/index.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const trusting = ['--insecure', '--host-keys', 'off', '--retries', '0'] as const;

/** A listener on loopback that does with each connection what it is told; gives its port. */
async function listen(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('exit 1: some of it failed, and the rest was done', async (t) => {
  const [there, here] = [scratch(t), scratch(t)];
  const served = await serve(t, { fileSystem: local(there) });
  const run = wherryOf(t);
  const address = (name: string): string => served.address('ftp', name);
  for (const command of ['cat', 'ls', 'stat', 'du', 'checksum', 'get', 'touch', 'rm']) {
    await writeFile(join(there, 'there'), 'x');
    const extra = command === 'touch' ? ['--no-create'] : [];
    const words = [command, ...trusting, ...extra, address('missing'), address('there')];
    const { code, output, errors } = await run(words, { directory: here });
    assert.equal(code, 1, `${command}: ${errors}`);
    assert.match(errors, /missing/u);
    if (['cat', 'ls', 'stat', 'du', 'checksum'].includes(command)) assert.match(output, /there|x/u, command);
  }
  assert.deepEqual([await readdir(there), await readdir(here)], [[], ['there']]);
});

test('exit 5: a file of this machine that cannot be is named', async (t) => {
  const served = await serve(t);
  await (await served.connect('ftp')).write('there', 'x');
  const words = ['get', ...trusting, '-o', 'no/such', served.address('ftp', 'there')];
  const { code, errors } = await wherryOf(t)(words);
  assert.equal(code, 5);
  assert.match(errors, /no\/such: there is no directory no/u);
});

describe('exit 3: cannot connect', { concurrency: 3 }, () => {
  const ends: Readonly<Record<string, (socket: Socket) => void>> = {
    'a server that hangs up': (socket) => socket.end(),
    'a server that is full': (socket) => socket.end('421 Too many users\r\n'),
    'something that is no such server': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  };
  for (const [title, onConnection] of Object.entries(ends)) {
    test(title, async (t) => {
      const port = await listen(t, onConnection);
      const run = wherryOf(t);
      for (const scheme of ['ftp', 'sftp']) {
        const { code, errors } = await run(['ls', ...trusting, `${scheme}://u:p@127.0.0.1:${port}/`]);
        assert.equal(code, 3, `${scheme}: ${errors}`);
      }
    });
  }

  test('a name without an address, and a proxy that is not there', async (t) => {
    const run = wherryOf(t);
    assert.equal((await run(['ls', ...trusting, 'ftp://nowhere.invalid/'])).code, 3);
    const proxy = ['--proxy', 'socks5://127.0.0.1:1'];
    assert.equal((await run(['ls', ...trusting, ...proxy, 'ftp://127.0.0.1/'])).code, 3);
  });
});

describe('exit 4: login refused', { concurrency: 3 }, () => {
  for (const scheme of ['ftp', 'ftps', 'sftp', 'scp', 'ftp+ssh'] as const) {
    test(scheme, async (t) => {
      const served = await serve(t);
      const address = served.address(scheme, 'x').replace(/:[^:@]*@/u, ':wrong@');
      const { code, errors } = await wherryOf(t)(['cat', ...trusting, address]);
      assert.equal(code, 4, errors);
      assert.doesNotMatch(errors, /wrong@/u);
    });
  }

  test('nobody to ask for a password', async (t) => {
    const served = await serve(t);
    const address = served.address('sftp').replace(/:[^:@]*@/u, '@');
    assert.equal((await wherryOf(t)(['ls', ...trusting, address])).code, 4);
  });
});

describe('exit 5: not there, or not allowed', { concurrency: 3 }, () => {
  for (const scheme of ['ftp', 'sftp', 'scp'] as const) {
    test(scheme, async (t) => {
      const [there, here] = [scratch(t), scratch(t)];
      await mkdir(join(there, 'directory'));
      await writeFile(join(here, 'file'), 'x');
      const fileSystem = local(there);
      const account = { name: 'alice', password: 'wonder land', fileSystem, access: readOnlyAccess };
      const served = await serve(t, { fileSystem, accounts: fixedAccounts([account]) });
      const run = wherryOf(t);
      const rows: readonly (readonly string[])[] = [
        ['get', ...trusting, served.address(scheme, 'missing')],
        ['get', ...trusting, served.address(scheme, 'directory')],
        ['put', ...trusting, 'file', served.address(scheme, 'denied')],
        ['put', ...trusting, 'missing', served.address(scheme, 'denied')],
      ];
      for (const words of rows) {
        const { code, errors } = await run(words, { directory: here });
        assert.equal(code, 5, `${words.join(' ')}: ${errors}`);
      }
      assert.deepEqual(await readdir(there), ['directory']);
      assert.deepEqual(await readdir(here), ['file']);
    });
  }

  test('what a protocol cannot do, a site that is not saved, a file of this machine', async (t) => {
    const served = await serve(t);
    const run = wherryOf(t);
    assert.equal((await run(['ls', served.address('tftp')])).code, 5);
    assert.equal((await run(['get', '--retries', '0', served.address('tftp', 'missing')])).code, 5);
    assert.equal((await run(['ls', '@nothing'])).code, 5);
    assert.equal((await run(['cat', './missing'])).code, 5);
  });
});

test('exit 6: a host key that has changed is not taken, whatever is asked for', async (t) => {
  const served = await serve(t);
  const run = wherryOf(t);
  const known = join(scratch(t), 'known');
  const address = served.address('sftp');
  const strict = ['--retries', '0', '--known-hosts', known];
  assert.equal((await run(['ls', ...strict, address])).code, 6);
  assert.equal((await run(['ls', ...strict, '--host-keys', 'accept-new', address])).code, 0);
  assert.equal((await run(['ls', ...strict, '--host-keys', 'strict', address])).code, 0);
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  await writeFile(known, `[127.0.0.1]:${served.port('sftp')} ssh-ed25519 ${blob}\n`);
  for (const mode of ['ask', 'strict', 'accept-new']) {
    const { code, errors } = await run(['ls', ...strict, '--host-keys', mode, address]);
    assert.equal(code, 6, errors);
    assert.match(errors, /not the one that is known.*ssh-keygen -R/u);
  }
});

test('exit 6: certificates that nobody vouches for, and pins of others', async (t) => {
  const served = await serve(t);
  const run = wherryOf(t);
  for (const scheme of ['ftpes', 'ftps', 'ftp']) {
    const address = served.address(scheme);
    assert.equal((await run(['ls', '--retries', '0', address])).code, 6, scheme);
    const pinned = await run(['ls', '--retries', '0', '--pin', '00'.repeat(32), address]);
    assert.equal(pinned.code, 6, scheme);
    assert.equal((await run(['ls', '--retries', '0', '--insecure', address])).code, 0, scheme);
  }
  await using bare = await ScriptedServer.start();
  const words = ['ls', '--retries', '0', '--tls', 'require', `ftp://u:p@127.0.0.1:${bare.port}/`];
  assert.equal((await run(words)).code, 6, 'TLS is insisted on, and there is none');
  assert.ok(!bare.commands.some((line) => line.startsWith('PASS')), 'no password goes in the clear');
});

describe('exit 7: timed out', { concurrency: 3 }, () => {
  const impatient = [...trusting, '--timeout', '0.5'];
  for (const scheme of ['ftp', 'ftps', 'sftp', 'scp', 'ftp+ssh']) {
    test(`${scheme}: a server that takes the connection and says nothing`, async (t) => {
      const port = await listen(t, () => undefined);
      const { code, errors } = await wherryOf(t)(['ls', ...impatient, `${scheme}://u:p@127.0.0.1:${port}/`]);
      assert.equal(code, 7, errors);
    });
  }

  test('tftp: nobody answers', async (t) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    t.after(() => socket.close());
    await once(socket, 'listening');
    const words = ['get', ...impatient, `tftp://127.0.0.1:${socket.address().port}/x`];
    assert.equal((await wherryOf(t)(words)).code, 7);
  });

  test('ftp: a transfer that does not get on', async (t) => {
    await using server = await ScriptedServer.start({
      scripts: {
        RETR: async (_name, session) => {
          (await session.data()).write('some');
          return '150 Here it comes\r\n';
        },
      },
    });
    const here = scratch(t);
    const address = `ftp://u:p@127.0.0.1:${server.port}/x`;
    const { code, errors } = await wherryOf(t)(['get', ...impatient, address], { directory: here });
    assert.equal(code, 7, errors);
    assert.ok(!(await readdir(here)).includes('x'));
  });
});

test('exit 2: every problem is told at once, and nothing is connected to', async (t) => {
  let connections = 0;
  const port = await listen(t, () => (connections += 1));
  const run = wherryOf(t);
  const address = `ftp://127.0.0.1:${port}/`;
  const { code, errors } = await run(['get', '--timeout', 'x', '--segments', '0', '--nonsense', address]);
  assert.equal(code, 2);
  for (const word of ['--timeout', '--segments', '--nonsense']) assert.ok(errors.includes(word), errors);
  const rows: readonly (readonly string[])[] = [
    ['get'],
    ['nonsense'],
    ['ls', 'gopher://x/'],
    ['ls', 'https+dav://x/'],
    ['ls', '--ipv4', '--ipv6', address],
    ['ls', '--ca', '/nowhere/ca.pem', address],
    ['ls', '--charset', 'nonsense', address],
    ['ls', '--proxy', 'nonsense://x', address],
    ['mirror', address],
    ['get', '-c', '-o', '-', `${address}x`],
    ['put', 'a', 'b', '--host-keys', 'maybe', address],
  ];
  for (const words of rows) {
    const result = await run(words);
    assert.equal(result.code, 2, `${words.join(' ')}: ${result.errors}`);
    assert.match(result.errors, /^wherry: /u);
  }
  assert.equal(connections, 0);
});
