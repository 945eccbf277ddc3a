import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { lacking } from '#test/interop/programs.ts';
import { logIn, type Client } from './ssh-client.ts';
import { SshPrograms } from './ssh-programs.ts';

const skip = lacking(['ssh'], 'openssh-client') || lacking(['curl'], 'curl');
const alice = { user: 'alice', password: 'wonderland' } as const;
const words = ['--host', '127.0.0.1', '--user', `${alice.user}:${alice.password}`] as const;

const shared = startWherry({ after: after as TestContext['after'] }, { words });

const login = (t: TestContext, server: WherryProcess): Promise<Client> =>
  logIn(t, server.port('sftp'), alice);

function tunnel({ ssh }: Client, port: number, host = 'localhost'): Promise<SshChannel> {
  return ssh.openTunnel({ host, port, originHost: '127.0.0.1', originPort: 1 });
}

/** Reads until the text so far is matched. */
async function readUntil(channel: SshChannel, pattern: RegExp): Promise<string> {
  let text = '';
  while (!pattern.test(text)) {
    const data = await channel.receive();
    if (data === null) throw new Error(`The channel ended after ${text}`);
    text += data.toString('latin1');
  }
  return text;
}

/** An FTP session through a tunnel, logged in. */
async function ftp(client: Client, port: number): Promise<(line: string, reply: RegExp) => Promise<string>> {
  const channel = await tunnel(client, port);
  await readUntil(channel, /^220 .*\r\n$/s);
  const say = async (line: string, reply: RegExp): Promise<string> => {
    await channel.write(Buffer.from(`${line}\r\n`));
    return readUntil(channel, reply);
  };
  await say(`USER ${alice.user}`, /^331 .*\r\n$/);
  await say(`PASS ${alice.password}`, /^230 .*\r\n$/);
  return say;
}

async function passivePort(say: (line: string, reply: RegExp) => Promise<string>): Promise<number> {
  return Number(/\|\|\|(\d+)\|/.exec(await say('EPSV', /^229 .*\r\n$/))?.[1]);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

test(
  'O05: curl lists, downloads and uploads by FTP through ssh, also with TLS inside',
  { skip },
  async (t) => {
    const server = await shared;
    const here = scratch(t);
    const programs = new SshPrograms(server, here);
    const content = randomBytes(2_000_001);
    writeFileSync(join(server.directory, 'there.bin'), content);
    writeFileSync(join(here, 'here.bin'), content);
    const proxyPort = await freePort();
    const endProxy = await programs.proxy(alice, proxyPort);
    t.after(endProxy);
    const from = server.lines.length;
    const url = `ftp://${alice.user}:${alice.password}@localhost:${server.port('ftp')}/`;
    const curl = (...more: readonly string[]): ReturnType<SshPrograms['run']> =>
      programs.run('curl', '-sS', '-v', '--insecure', '--proxy', `socks5h://127.0.0.1:${proxyPort}`, ...more);
    const listed = await curl(url);
    assert.match(listed.said, /EPSV[\s\S]*229 /);
    assert.match(listed.stdout.toString(), /there\.bin/);
    for (const tls of [[], ['--ssl-reqd']]) {
      const { code, stdout, said } = await curl(...tls, `${url}there.bin`);
      assert.equal(code, 0, said);
      assert.ok(stdout.equals(content));
    }
    const { code, said } = await curl('-T', 'here.bin', url);
    assert.equal(code, 0, said);
    assert.ok(readFileSync(join(server.directory, 'here.bin')).equals(content));
    const opened = await server.event(
      ({ event, protocol }) => event === 'session-opened' && protocol === 'ftp',
      from,
    );
    assert.equal(opened['remoteAddress'], '127.0.0.1');
  },
);

test('things 39: the FTP session shows the client and its port, not an inner connection', async (t) => {
  const server = await shared;
  const from = server.lines.length;
  const client = await logIn(t, server.port('sftp'), { ...alice, from: '127.0.0.5' });
  const say = await ftp(client, server.port('ftp'));
  const opened = await server.event(
    ({ event, remotePort, protocol }) =>
      event === 'session-opened' && protocol === 'ftp' && remotePort === client.localPort,
    from,
  );
  assert.equal(opened['remoteAddress'], '127.0.0.5');
  // What the tunnel brings is the client's, so the FTP server takes it for that of the control connection.
  const data = await tunnel(client, await passivePort(say));
  await say('NLST', /^150 /);
  while ((await data.receive()) !== null);
});

test('things 39, M12: tunnels lead nowhere but to FTP of this server', async (t) => {
  const server = await shared;
  const client = await login(t, server);
  const listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const elsewhere = (listener.address() as AddressInfo).port;
  const ftpPort = server.port('ftp');
  for (const [host, port] of [
    ['localhost', elsewhere],
    ['127.0.0.1', server.port('sftp')],
    ['localhost', 0],
    ['localhost', ftpPort + 65_536],
    ['127.0.0.2', ftpPort],
    ['192.0.2.1', ftpPort],
    ['example.org', ftpPort],
    ['', ftpPort],
    ['localhost\0.example.org', ftpPort],
  ] as const) {
    await assert.rejects(tunnel(client, port, host), { name: 'WherryError' }, `${host}:${port}`);
  }
  await server.event(({ event, action, path }) => {
    return event === 'denied' && action === 'tunnel' && path === `192.0.2.1:${ftpPort}`;
  });
  for (const host of ['localhost', '127.0.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'LOCALHOST']) {
    const channel = await tunnel(client, ftpPort, host);
    assert.match(await readUntil(channel, /\r\n$/), /^220 /, host);
    channel.destroy();
  }
});

test('a passive port is for the SSH connection whose FTP session asked for it', async (t) => {
  const server = await shared;
  writeFileSync(join(server.directory, 'mine.txt'), 'mine');
  const owner = await login(t, server);
  const other = await login(t, server);
  const say = await ftp(owner, server.port('ftp'));
  // A session of its own gives the other no right to a port of somebody else's session.
  await ftp(other, server.port('ftp'));
  const port = await passivePort(say);
  await assert.rejects(tunnel(other, port), { name: 'WherryError' });
  const data = await tunnel(owner, port);
  await assert.rejects(tunnel(owner, port), { name: 'WherryError' });
  await say('RETR mine.txt', /^150 /);
  assert.equal(await readUntil(data, /mine/), 'mine');
  // Over once used, and when it was never asked for.
  await assert.rejects(tunnel(owner, port), { name: 'WherryError' });
});

test('a data connection may come after its command', async (t) => {
  const server = await shared;
  writeFileSync(join(server.directory, 'late.txt'), 'late');
  const client = await login(t, server);
  const say = await ftp(client, server.port('ftp'));
  const port = await passivePort(say);
  const [reply, data] = await Promise.all([
    say('RETR late.txt', /226 .*\r\n$/s),
    // The command goes first: it was written first, on the same connection.
    tunnel(client, port),
  ]);
  assert.match(reply, /^150 /);
  assert.equal(await readUntil(data, /late/), 'late');
});

test('a direct FTP session keeps its passive port from tunnels', async (t) => {
  const server = await shared;
  const client = await login(t, server);
  const direct = connect(server.port('ftp'), '127.0.0.1');
  t.after(() => direct.destroy());
  const say = async (line: string): Promise<string> => {
    direct.write(line);
    const [reply] = (await once(direct, 'data')) as [Buffer];
    return reply.toString();
  };
  await once(direct, 'data');
  await say(`USER ${alice.user}\r\n`);
  await say(`PASS ${alice.password}\r\n`);
  const port = Number(/\|\|\|(\d+)\|/.exec(await say('EPSV\r\n'))?.[1]);
  assert.ok(port > 0);
  await assert.rejects(tunnel(client, port), { name: 'WherryError' });
});

test('M12: --tunnel off refuses every tunnel', async (t) => {
  const server = await startWherry(t, { words: [...words, '--tunnel', 'off'] });
  const client = await login(t, server);
  await assert.rejects(tunnel(client, server.port('ftp')), { name: 'WherryError' });
});
