import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { OpenPeerSocket, PacketOrigin } from '#native/datagram-contract.ts';
import { loadBinding } from '#native/linux/binding.ts';
import { linuxPeerSockets } from '#native/linux/peer-socket.ts';
import { openPortablePeerSocket } from '#native/portable/peer-socket.ts';
import { addonTest } from '../native/addon-test.ts';
import { loopback, noise, withPatience } from './harness.ts';

const binding = loadBinding();
const native = binding === undefined ? null : linuxPeerSockets(binding);

const hasSix = Object.values(networkInterfaces()).some((rows) =>
  rows?.some(({ address }) => address === '::1'),
);

const rooms: readonly (readonly [string, OpenPeerSocket])[] = [
  ['portable', openPortablePeerSocket],
  ...(native === null ? [] : [['native', native] as const]),
];

/** A socket of Node on loopback that keeps what comes. */
function open(t: TestContext, address = loopback) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const { port } = socket.bindSync({ address, port: 0 });
  socket.setRecvBufferSize(1024 * 1024);
  t.after(() => {
    socket.close();
  });
  const arrived: { readonly packet: Buffer; readonly from: RemoteInfo }[] = [];
  let wake = (): void => undefined;
  socket.on('message', (packet, from) => {
    arrived.push({ packet, from });
    wake();
  });
  const take = async (count: number): Promise<typeof arrived> => {
    await withPatience<void>(`${count} packets`, (resolve) => {
      wake = () => {
        if (arrived.length >= count) resolve();
      };
      wake();
    });
    return arrived.splice(0, count);
  };
  return { socket, port, take, arrived };
}

for (const [name, make] of rooms) {
  test(`${name}: runs of packets arrive one by one, in order, the last one shorter`, async (t) => {
    const peer = open(t);
    const socket = make({
      localAddress: loopback,
      remoteAddress: loopback,
      remotePort: peer.port,
      onPacket: () => undefined,
    });
    t.after(() => {
      socket.close();
    });
    for (const [total, size] of [
      [1, 1],
      [1432, 1432],
      [1432 * 64, 1432],
      [1432 * 20 + 4, 1432],
      [516 * 130, 516],
      [65_468 * 2, 65_468],
      [40_000 * 3 + 1, 40_000],
    ] as const) {
      const content = noise(total, size);
      socket.send(content, size);
      const arrived = await peer.take(Math.ceil(total / size));
      assert.ok(Buffer.concat(arrived.map(({ packet }) => packet)).equals(content), `${total} by ${size}`);
      assert.ok(arrived.slice(0, -1).every(({ packet }) => packet.length === size));
    }
  });

  test(`${name}: packets are told by where they come from, answered there, and a new peer adopted`, async (t) => {
    const [peer, sibling, stranger] = [open(t), open(t), open(t, '127.0.0.2')];
    const seen: { readonly text: string; readonly origin: PacketOrigin }[] = [];
    let wake = (): void => undefined;
    const socket = make({
      localAddress: '0.0.0.0',
      remoteAddress: loopback,
      remotePort: peer.port,
      onPacket: (packet, origin) => {
        const text = packet.toString();
        seen.push({ text, origin });
        socket.answer(Buffer.from(`you said ${text}`));
        if (text === 'adopt me') socket.adopt();
        wake();
      },
    });
    t.after(() => {
      socket.close();
    });
    socket.send(Buffer.from('hello'), 5);
    const [first] = await peer.take(1);
    const port = first?.from.port ?? 0;
    const said = async (from: typeof peer, text: string): Promise<void> => {
      const count = seen.length + 1;
      from.socket.send(text, port, loopback);
      await withPatience<void>('the packet', (resolve) => {
        wake = () => {
          if (seen.length >= count) resolve();
        };
        wake();
      });
      const [answer] = await from.take(1);
      assert.equal(answer?.packet.toString(), `you said ${text}`);
    };
    await said(peer, 'one');
    await said(sibling, 'two');
    await said(stranger, 'three');
    await said(sibling, 'adopt me');
    await said(sibling, 'four');
    await said(peer, '');
    assert.deepEqual(
      seen.map(({ origin }) => origin),
      ['peer', 'same-host', 'stranger', 'same-host', 'peer', 'same-host'],
    );
    socket.send(Buffer.from('bye'), 3);
    assert.equal((await sibling.take(1))[0]?.packet.toString(), 'bye');
  });

  test(`${name}: a socket that closes itself while it takes packets takes no more`, async (t) => {
    const peer = open(t);
    let taken = 0;
    const socket = make({
      localAddress: loopback,
      remoteAddress: loopback,
      remotePort: peer.port,
      onPacket: () => {
        taken += 1;
        socket.close();
        socket.send(Buffer.from('x'), 1);
        socket.close();
      },
    });
    socket.send(Buffer.from('x'), 1);
    const [first] = await peer.take(1);
    for (let count = 0; count < 10; count += 1) peer.socket.send('x', first?.from.port ?? 0, loopback);
    await withPatience<void>('the end', (resolve) => {
      const look = (): void => {
        if (taken > 0) resolve();
        else setImmediate(look);
      };
      look();
    });
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.equal(taken, 1);
    assert.equal(peer.arrived.length, 0);
  });

  test(`${name}: over IPv6, and with addresses that cannot be`, async (t) => {
    if (!hasSix) {
      t.skip('no IPv6 here');
      return;
    }
    const peer = open(t, '::1');
    const socket = make({
      localAddress: '::1',
      remoteAddress: '::1',
      remotePort: peer.port,
      onPacket: () => undefined,
    });
    socket.send(Buffer.from('six'), 3);
    assert.equal((await peer.take(1))[0]?.packet.toString(), 'six');
    socket.close();
    assert.throws(() =>
      make({ localAddress: '192.0.2.1', remoteAddress: loopback, remotePort: 9, onPacket: () => undefined }),
    );
  });
}

addonTest('a worker thread that ends with open sockets takes them along', async () => {
  const module = new URL('../../src/native/datagrams.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(module)}).then(({ openPeerSocket }) => {
    for (let count = 0; count < 5; count += 1) {
      openPeerSocket({ localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', remotePort: 9, onPacket() {} }).unref();
    }
  });`;
  const worker = new Worker(code, { eval: true });
  const exitCode = await withPatience<number>('the thread', (resolve) => {
    worker.once('exit', resolve);
  });
  assert.equal(exitCode, 0);
});
