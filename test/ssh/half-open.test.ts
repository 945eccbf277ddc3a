import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { fixedAccounts } from '#accounts/index.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import { createServer } from '#server/create-server.ts';
import { proxyPolicy } from '#server/proxy-policy.ts';
import { MemoryFileSystem } from '#storage/index.ts';
import { Secret } from '#core/secret.ts';
import { connectSsh } from '#protocols/ssh/client/client-connection.ts';

const alice = { user: 'alice', password: 'wonderland' } as const;

/** A connection that comes through a proxy, as this machine's own addresses are never refused. */
function dialFrom(port: number, address: string): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(`PROXY TCP4 ${address} 127.0.0.1 40000 22\r\n`);
  return socket;
}

/** What the server says first, of which an identification means that it lets the connection in. */
async function greeting(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('error', () => undefined);
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
    socket.on('data', (chunk: Buffer) => {
      parts.push(chunk);
      resolve();
    });
  });
  await over;
  return Buffer.concat(parts).toString('latin1');
}

for (const [what, limits, most, address] of [
  ['one network', { halfOpenPerNetwork: 20 }, 20, () => '203.0.113.7'],
  [
    'all networks together',
    { halfOpenStart: 20, halfOpenFull: 30 },
    30,
    (turn: number, index: number) => `203.${turn}.${index}.7`,
  ],
] as const) {
  test(`things 31: of a thousand connections that never log in, ${what} keeps no more than ${most}`, async (t) => {
    const server = await createServer({
      storage: new MemoryFileSystem(),
      accounts: fixedAccounts([{ name: alice.user, password: alice.password }]),
      defence: new LoginDefence({ limits }),
      proxy: proxyPolicy(['127.0.0.1']),
      listen: { host: '127.0.0.1', sftp: 0 },
    });
    t.after(() => server.close({ graceMs: 0 }));
    const port = server.listeners[0]?.port ?? 0;
    const sockets: Socket[] = [];
    let admitted = 0;
    for (let turn = 0; turn < 20; turn += 1) {
      const batch = Array.from({ length: 50 }, (_, index) => dialFrom(port, address(turn, index)));
      sockets.push(...batch);
      const said = await Promise.all(batch.map(greeting));
      admitted += said.filter((text) => text.startsWith('SSH-2.0-')).length;
    }
    assert.ok(admitted >= 10 && admitted <= most, `${admitted} were let in`);
    assert.ok(server.sessions.size <= most);
    const closed = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    await server.sessions.whenEmpty();
    const password = new Secret(alice.password);
    const client = await connectSsh(dialFrom(port, address(0, 0)), {
      user: alice.user,
      credentials: [{ kind: 'password', password }],
      verifyHostKey: () => undefined,
    });
    client.close();
  });
}
