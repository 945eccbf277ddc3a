import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { openTunnel } from '#protocols/ssh/client/tunnel-dialer.ts';
import type { SshServerOptions } from '#protocols/ssh/server/server-options.ts';
import { connectPair } from './ssh-fixture.ts';

async function serve(t: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, onSocket).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const toLoopback: SshServerOptions<string>['openTunnel'] = ({ port }) => {
  if (port === 1) throw new WherryError('permission', 'not there');
  return connect({ port, host: '127.0.0.1', allowHalfOpen: true });
};

const never = new AbortController().signal;

test('O05: a dialer through SSH carries octets both ways, and each way ends by itself', async (t) => {
  const port = await serve(t, (socket) => socket.pipe(socket));
  const { client } = await connectPair(t, { openTunnel: toLoopback });
  const stream = await openTunnel(client).dial({ host: 'localhost', port }, { signal: never });
  const received: Buffer[] = [];
  const sent = Buffer.alloc(3_000_000, 'wherry');
  stream.end(sent);
  for await (const chunk of stream) received.push(chunk as Buffer);
  assert.ok(Buffer.concat(received).equals(sent));
  assert.equal(stream.allowHalfOpen, true);
});

test('what the server does not open is refused, and a dial that is stopped leaves the connection usable', async (t) => {
  const port = await serve(t, (socket) => socket.end('hello'));
  const { client } = await connectPair(t, { openTunnel: toLoopback });
  const dialer = openTunnel(client);
  await assert.rejects(dialer.dial({ host: 'x', port: 1 }, { signal: never }), {
    code: 'connection-refused',
  });
  const stopping = new AbortController();
  const stopped = dialer.dial({ host: 'x', port }, { signal: stopping.signal });
  stopping.abort();
  await assert.rejects(stopped, { code: 'aborted' });
  const stream = await dialer.dial({ host: 'x', port }, { signal: never });
  const received: Buffer[] = [];
  for await (const chunk of stream) received.push(chunk as Buffer);
  assert.equal(Buffer.concat(received).toString(), 'hello');
  stream.destroy();
});

test('a tunnel whose far end is over is closed though the client never ends its side', async (t) => {
  const port = await serve(t, (socket) => socket.end('bye'));
  const { client } = await connectPair(t, { openTunnel: toLoopback, limits: { tunnelLingerMs: 20 } });
  const channel = await client.openTunnel({ host: 'x', port });
  assert.equal((await channel.receive())?.toString(), 'bye');
  assert.equal(await channel.receive(), null);
  await channel.whenClosed();
});
