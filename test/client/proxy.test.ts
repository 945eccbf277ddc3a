import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { proxyDialer } from '#client/dial/proxy.ts';
import { serve } from './served.ts';

/** A listener that goes with the test and hands each caller to `talk`. */
async function listen(t: TestContext, talk: (socket: Socket) => void | Promise<void>): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void Promise.resolve(talk(socket)).catch(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Takes exactly so many octets. */
async function take(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(length) as Buffer | null;
    if (chunk !== null) return chunk;
    await once(socket, 'readable');
  }
}

/** Writes octet by octet, as a network may deliver them. */
function dribble(socket: Socket, bytes: Uint8Array): void {
  for (const byte of bytes) socket.write(Buffer.from([byte]));
}

function join(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  other.on('error', () => one.destroy());
}

interface Asked {
  host: string;
  port: number;
  user?: string;
  password?: string;
}

/** An honest SOCKS 5 proxy; `user` makes it want a password. */
function socks5(
  t: TestContext,
  asked: Asked[],
  credentials: { user: string; password: string } | null,
): Promise<number> {
  return listen(t, async (socket) => {
    const [, count = 0] = await take(socket, 2);
    const methods = await take(socket, count);
    const chosen = credentials === null ? 0 : methods.includes(2) ? 2 : 0xff;
    dribble(socket, Buffer.from([5, chosen]));
    const call: Asked = { host: '', port: 0 };
    if (chosen === 2) {
      const [, userLength = 0] = await take(socket, 2);
      call.user = (await take(socket, userLength)).toString();
      const [passwordLength = 0] = await take(socket, 1);
      call.password = (await take(socket, passwordLength)).toString();
      const good = call.user === credentials?.user && call.password === credentials.password;
      dribble(socket, Buffer.from([1, good ? 0 : 1]));
      if (!good) return;
    }
    const [, , , type] = await take(socket, 4);
    if (type === 1) call.host = [...(await take(socket, 4))].join('.');
    else if (type === 3) call.host = (await take(socket, (await take(socket, 1))[0] ?? 0)).toString();
    else call.host = (await take(socket, 16)).toString('hex');
    call.port = (await take(socket, 2)).readUInt16BE();
    asked.push(call);
    const far = connect({ host: '127.0.0.1', port: call.port, allowHalfOpen: true });
    await once(far, 'connect');
    dribble(socket, Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]));
    join(socket, far);
  });
}

/** An honest HTTP proxy. */
function httpProxy(t: TestContext, heads: string[], authorization: string | null): Promise<number> {
  return listen(t, async (socket) => {
    let head = '';
    while (!head.endsWith('\r\n\r\n')) head += (await take(socket, 1)).toString('latin1');
    heads.push(head);
    if (authorization !== null && !head.includes(`Proxy-Authorization: ${authorization}\r\n`)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const port = Number(/^CONNECT \S+:(\d+) /.exec(head)?.[1]);
    const far = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    await once(far, 'connect');
    dribble(socket, Buffer.from('HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n'));
    join(socket, far);
  });
}

test('FTP and SFTP go through a SOCKS 5 proxy, data connections too', async (t) => {
  const served = await serve(t);
  for (const scheme of ['ftp', 'ftpes', 'sftp']) {
    const asked: Asked[] = [];
    const port = await socks5(t, asked, { user: 'me', password: 'pa:ss' });
    const remote = await served.connect(scheme, '', { proxy: `socks5://me:pa%3Ass@127.0.0.1:${port}` });
    await remote.write('a', 'through the proxy');
    assert.equal(await remote.readText('a'), 'through the proxy');
    assert.ok(asked.length >= (scheme === 'sftp' ? 1 : 3), `${scheme}: ${asked.length} calls`);
    assert.ok(asked.every(({ password }) => password === 'pa:ss'));
    await remote.close();
  }
});

test('names are looked up by the proxy, and addresses of both kinds told as they are', async (t) => {
  const asked: Asked[] = [];
  const far = await listen(t, (socket) => {
    socket.end('hello');
  });
  const port = await socks5(t, asked, null);
  const dialer = proxyDialer(`socks5://127.0.0.1:${port}`);
  const hosts = ['no.such.host.example', '192.0.2.7', '2001:db8::ffff:192.0.2.1', '::'];
  for (const host of hosts) {
    const socket = await dialer.dial({ host, port: far }, { signal: AbortSignal.timeout(5000) });
    assert.equal((await take(socket as Socket, 5)).toString(), 'hello');
    socket.destroy();
  }
  assert.deepEqual(
    asked.map(({ host }) => host),
    ['no.such.host.example', '192.0.2.7', '20010db8000000000000ffffc0000201', '0'.repeat(32)],
  );
});

test('FTP and SFTP go through an HTTP proxy', async (t) => {
  const served = await serve(t);
  const heads: string[] = [];
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  const port = await httpProxy(t, heads, authorization);
  for (const scheme of ['ftp', 'sftp']) {
    const remote = await served.connect(scheme, '', { proxy: `http://me:secret@127.0.0.1:${port}` });
    await remote.write('b', 'x');
    assert.equal(await remote.readText('b'), 'x');
    await remote.close();
  }
  await assert.rejects(served.connect('ftp', '', { proxy: `http://me:wrong@127.0.0.1:${port}` }), {
    code: 'login-refused',
  });
  assert.match(heads[0] ?? '', /^CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1\r\nHost: 127/);
});

test('a proxy that refuses, lies, floods or says nothing ends with the right error', async (t) => {
  const cases: readonly (readonly [string, (socket: Socket) => void | Promise<void>, string])[] = [
    ['socks5', (socket) => void socket.write(Buffer.from([5, 0xff])), 'login-refused'],
    ['socks5', (socket) => void socket.write(Buffer.from([4, 90])), 'protocol'],
    ['socks5', (socket) => void socket.end(), 'connection-lost'],
    ['socks5', (socket) => void socket.end(Buffer.from([5, 0, 5, 2])), 'connection-lost'],
    ['socks5', (socket) => void socket.write(Buffer.from([5, 0, 5, 2, 0, 1])), 'permission'],
    ['socks5', (socket) => void socket.write(Buffer.from([5, 0, 5, 5, 0, 1])), 'connection-refused'],
    ['socks5', (socket) => void socket.write(Buffer.from([5, 0, 5, 99, 0, 1])), 'unavailable'],
    ['socks5', (socket) => void socket.write(Buffer.from([5, 0, 5, 0, 0, 77])), 'protocol'],
    ['http', (socket) => void socket.end('HTTP/1.1 502 Bad\r\n\r\n'), 'connection-refused'],
    ['http', (socket) => void socket.end('SSH-2.0-x\r\n\r\n'), 'protocol'],
    ['http', (socket) => void socket.end('HTTP/1.1 200'), 'connection-lost'],
    ['http', (socket) => void socket.write('x'.repeat(100_000)), 'protocol'],
  ];
  for (const [scheme, talk, code] of cases) {
    const port = await listen(t, talk);
    const dialer = proxyDialer(`${scheme}://127.0.0.1:${port}`);
    const dialing = dialer.dial({ host: 'h', port: 1 }, { signal: AbortSignal.timeout(10_000) });
    await assert.rejects(dialing, { code }, `${scheme} ${code}`);
  }
  const silent = await listen(t, () => undefined);
  const stop = new AbortController();
  const dialing = proxyDialer(`socks5://127.0.0.1:${silent}`).dial(
    { host: 'h', port: 1 },
    { signal: stop.signal },
  );
  setImmediate(() => stop.abort());
  await assert.rejects(dialing, { code: 'aborted' });
});

test('what follows a proxy’s answer at once belongs to the server behind it', async (t) => {
  const port = await listen(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n220 early');
  });
  const socket = await proxyDialer(`http://127.0.0.1:${port}`).dial(
    { host: 'h', port: 1 },
    { signal: AbortSignal.timeout(5000) },
  );
  assert.equal((await take(socket as Socket, 9)).toString(), '220 early');
  socket.destroy();
});
