import assert from 'node:assert/strict';
import { connect as connectNode } from 'node:net';
import { test } from 'node:test';
import { TLSSocket, connect as connectTls } from 'node:tls';
import type { Awaitable, TcpSocket } from '#native/index.ts';
import { linuxRoom } from '#native/linux/room.ts';
import { addonTest } from './addon-test.ts';
import { fails, listening, pair, patternOf, readAll } from './pairs.ts';
import { rooms } from './rooms.ts';

const aborted = { name: 'AbortError' };

for (const { mode, room } of rooms) {
  test(`${mode}: what is written arrives whole, in pieces of any length, and ends with 0`, async (context) => {
    const { near, far } = await pair(context, room);
    const pattern = patternOf(300_000);
    const sending = (async () => {
      let position = 0;
      for (const length of [1, 2, 3, 0, 1460, 70_000, 228_534]) {
        await near.write(pattern.subarray(position, position + length));
        position += length;
      }
      await near.end();
    })();
    const received = await readAll(far, 777);
    await sending;
    assert.ok(received.equals(pattern));
    assert.equal(await far.read(new Uint8Array(1)), 0, 'the end stays');
    await far.write(Buffer.from('answer after the end'));
    await far.end();
    assert.equal((await readAll(near)).toString(), 'answer after the end');
  });

  test(`${mode}: writing waits for a slow reader and reading for a slow writer`, async (context) => {
    const { near, far } = await pair(context, room);
    const pattern = patternOf(24 * 1024 * 1024);
    let written = false;
    const sending = (async () => {
      await near.write(pattern);
      written = true;
      await near.end();
    })();
    // More than both kernel buffers hold, so the write cannot have settled while nobody reads.
    await new Promise(setImmediate);
    assert.equal(written, false);
    const received = await readAll(far, 256 * 1024);
    await sending;
    assert.ok(received.equals(pattern));
    const reading = far.write(Buffer.from('x'));
    await reading;
    assert.equal(await near.read(new Uint8Array(10)), 1);
  });

  test(`${mode}: both directions wait at the same time`, async (context) => {
    const { near, far } = await pair(context, room);
    const pattern = patternOf(12 * 1024 * 1024);
    const both = await Promise.all([
      (async () => near.write(pattern))().then(() => near.end()),
      (async () => far.write(pattern))().then(() => far.end()),
      readAll(near),
      readAll(far),
    ]);
    assert.ok(both[2].equals(pattern) && both[3].equals(pattern));
  });

  test(`${mode}: destroy fails what is under way and everything after it`, async (context) => {
    const { near, far } = await pair(context, room);
    const reading = fails(() => near.read(new Uint8Array(10)), aborted);
    const writing = fails(() => near.write(Buffer.alloc(24 * 1024 * 1024)), aborted);
    near.destroy();
    near.destroy();
    await Promise.all([reading, writing]);
    await fails(() => near.read(new Uint8Array(10)), aborted);
    await fails(() => near.write(Buffer.from('x')), aborted);
    await fails(() => near.end(), aborted);
    assert.throws(() => near.toNodeSocket(), aborted);
    near.reset();
    await far.waitForPeerClose();
  });

  test(`${mode}: a reset is no end, and stays a failure`, async (context) => {
    const { near, far } = await pair(context, room);
    const reading = fails(() => far.read(new Uint8Array(10)), { code: 'ECONNRESET' });
    near.reset();
    await reading;
    await fails(() => far.read(new Uint8Array(10)), { code: 'ECONNRESET' });
    await fails(() => far.write(Buffer.from('x')), { code: 'ECONNRESET' });
  });

  test(`${mode}: writing to a peer that is gone fails and ends no process`, async (context) => {
    const { near, far } = await pair(context, room);
    far.destroy();
    await assert.rejects(
      async () => {
        for (;;) await near.write(Buffer.alloc(64 * 1024));
      },
      (error: { code?: string }) => error.code === 'EPIPE' || error.code === 'ECONNRESET',
    );
  });

  test(`${mode}: only one read may wait`, async (context) => {
    const { near, far } = await pair(context, room);
    const target = new Uint8Array(10);
    const first = near.read(target);
    await fails(() => near.read(new Uint8Array(10)), { code: 'EALREADY' });
    await far.write(Buffer.from('first'));
    assert.equal(await first, 5);
    assert.equal(Buffer.from(target).toString('latin1', 0, 5), 'first');
  });

  test(`${mode}: tells once that a read is answered: for octets, the end, and what destroy does`, async (context) => {
    const { near, far } = await pair(context, room);
    const heard: string[] = [];
    const told = async (what: string, after: () => unknown): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      near.onceReadable(() => {
        heard.push(what);
        resolve();
      });
      assert.throws(() => near.onceReadable(() => undefined), { code: 'EALREADY' });
      await after();
      await promise;
    };
    const octets = new Uint8Array(10);
    await told('octets', () => far.write(Buffer.from('ab')));
    assert.equal(near.read(octets.subarray(0, 1)), 1);
    await told('the rest', () => undefined);
    assert.equal(near.read(octets), 1);
    await told('the end', () => far.end());
    assert.equal(near.read(octets), 0);
    await told('the end again', () => undefined);
    const other = await pair(context, room);
    other.near.onceReadable(() => heard.push('destroyed'));
    other.near.destroy();
    assert.deepEqual(heard, ['octets', 'the rest', 'the end', 'the end again', 'destroyed']);
    await fails(async () => other.near.onceReadable(() => undefined), aborted);
  });

  test(`${mode}: who asks seldom hears of what came meanwhile, and so does who asks each time`, async (context) => {
    for (let connection = 0; connection < 3; connection += 1) {
      // Each takes the descriptors that the one before has left.
      const { near, far } = await pair(context, room);
      const octets = new Uint8Array(10);
      for (const isAsked of [true, true, false, false, true, false, true, true]) {
        const told = isAsked ? new Promise<void>((resolve) => near.onceReadable(resolve)) : undefined;
        await far.write(Buffer.from('x'));
        if (told === undefined) {
          // Turns of the event loop in which there is something to tell and nobody to hear it.
          for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
          await new Promise<void>((resolve) => near.onceReadable(resolve));
        }
        await told;
        assert.equal(near.read(octets), 1);
      }
      near.destroy();
      far.destroy();
    }
  });

  test(`${mode}: text arrives with an octet for each character, however long it is`, async (context) => {
    const { near, far } = await pair(context, room);
    const long = patternOf(6 * 1024 * 1024).toString('latin1');
    const sending = (async () => {
      for (const text of ['', '226 caf\xe9\r\n', long, 'x']) await near.writeLatin1(text);
      await near.end();
    })();
    const received = await readAll(far);
    await sending;
    assert.equal(received.toString('latin1'), `226 caf\xe9\r\n${long}x`);
    near.destroy();
    await fails(() => near.writeLatin1('x'), aborted);
  });

  test(`${mode}: knows both addresses, IPv4 shown as IPv4`, async (context) => {
    for (const [bound, host] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::', '127.0.0.1'],
      ['::1', '::1'],
    ] as const) {
      const listener = await listening(context, room, bound);
      const connecting = room.connectTcp({ host, port: listener.port });
      const near = await listener.accept();
      const far = await connecting;
      assert.deepEqual([near.localAddress, near.remoteAddress, far.localAddress], [host, host, host]);
      assert.deepEqual([near.localPort, far.remotePort], [listener.port, listener.port]);
      assert.equal(near.remotePort, far.localPort);
      near.destroy();
      far.destroy();
      assert.equal(near.remoteAddress, host);
    }
  });

  test(`${mode}: waits until the peer has closed, or is told to stop`, async (context) => {
    const { near, far } = await pair(context, room);
    await far.write(Buffer.from('unread'));
    await near.end();
    const controller = new AbortController();
    const stopped = assert.rejects(near.waitForPeerClose(controller.signal), aborted);
    controller.abort();
    await stopped;
    await assert.rejects(near.waitForPeerClose(AbortSignal.abort()), aborted);
    const second = await pair(context, room);
    await second.near.end();
    const closed = second.near.waitForPeerClose(new AbortController().signal);
    second.far.destroy();
    await closed;
    const third = await pair(context, room);
    const reset = third.near.waitForPeerClose();
    third.far.reset();
    await reset;
  });

  test(`${mode}: hands the connection over to Node unread`, async (context) => {
    const { near, far } = await pair(context, room);
    await far.write(Buffer.from('before'));
    const socket = near.toNodeSocket();
    assert.throws(() => near.toNodeSocket(), aborted);
    await fails(() => near.read(new Uint8Array(1)), aborted);
    near.destroy();
    await far.write(Buffer.from(' and after'));
    await far.end();
    socket.end('from Node');
    assert.equal((await readAll(far)).toString(), 'from Node');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'before and after');
  });

  test(`${mode}: TLS runs over a connection that was handed over`, async (context) => {
    const { near, far } = await pair(context, room);
    // A shared key, so that no certificate is needed.
    const psk = Buffer.alloc(16, 7);
    const common = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
    const accepting = { ...common, isServer: true, pskCallback: () => psk };
    const server = new TLSSocket(near.toNodeSocket(), accepting);
    const client = connectTls({
      ...common,
      socket: far.toNodeSocket(),
      pskCallback: () => ({ psk, identity: 'wherry' }),
      checkServerIdentity: () => undefined,
    });
    const pattern = patternOf(1_000_000);
    client.end(pattern);
    const chunks: Buffer[] = [];
    for await (const chunk of server) chunks.push(chunk as Buffer);
    assert.ok(Buffer.concat(chunks).equals(pattern));
    server.destroy();
    client.destroy();
  });

  test(`${mode}: talks to sockets of Node's`, async (context) => {
    const listener = await listening(context, room);
    const peer = connectNode(listener.port, '127.0.0.1');
    const near = await listener.accept();
    peer.end('hello');
    assert.equal((await readAll(near)).toString(), 'hello');
    await near.write(Buffer.from('bye'));
    await near.end();
    const chunks: Buffer[] = [];
    for await (const chunk of peer) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'bye');
    near.destroy();
  });
}

addonTest(
  'what two sockets say in one turn arrives whole and in order, however much it is',
  async (context) => {
    const room = linuxRoom ?? assert.fail('the addon is there');
    const pairs = [await pair(context, room), await pair(context, room)] as const;
    const piece = 4096;
    const pattern = patternOf(3000 * piece);
    const say = (socket: TcpSocket, index: number): Awaitable<void> =>
      socket.writeLatin1(pattern.toString('latin1', index * piece, (index + 1) * piece));
    const sayRest = async (socket: TcpSocket, index: number, pending: Awaitable<void>): Promise<void> => {
      await pending;
      for (let next = index; next * piece < pattern.length; next += 1) await say(socket, next);
      await socket.end();
    };
    const [{ near: first, far }, { near: second }] = pairs;
    const said = Promise.withResolvers<{ readonly ended: Promise<unknown> }>();
    first.onceReadable(() => {
      // One and the other in turns, until either is full: nobody reads meanwhile.
      for (let index = 0; ; index += 1) {
        const both = [say(first, index), say(second, index)] as const;
        if (!both.some((pending) => pending instanceof Promise)) continue;
        const ended = Promise.all([sayRest(first, index + 1, both[0]), sayRest(second, index + 1, both[1])]);
        said.resolve({ ended });
        return;
      }
    });
    await far.write(Buffer.from('x'));
    const { ended } = await said.promise;
    const received = await Promise.all(pairs.map(({ far: reader }) => readAll(reader)));
    await ended;
    for (const octets of received) assert.ok(octets.equals(pattern));
  },
);

addonTest(
  'what is said in a turn is said before the socket is closed, ended or handed over',
  async (context) => {
    const room = linuxRoom ?? assert.fail('the addon is there');
    for (const leave of [
      (socket: TcpSocket) => socket.destroy(),
      (socket: TcpSocket) => socket.end(),
      (socket: TcpSocket) => socket.toNodeSocket().end(),
    ]) {
      const { near, far } = await pair(context, room);
      const { near: other, far: otherFar } = await pair(context, room);
      near.onceReadable(() => {
        assert.equal(near.read(new Uint8Array(10)), 1);
        void other.writeLatin1('beside');
        void near.writeLatin1('one ');
        void near.writeLatin1('two');
        leave(near);
        other.destroy();
      });
      await far.write(Buffer.from('x'));
      assert.equal((await readAll(far)).toString(), 'one two');
      assert.equal((await readAll(otherFar)).toString(), 'beside');
    }
  },
);

addonTest('what is destroyed in the moment in which it became ready reads nothing', async (context) => {
  const room = linuxRoom ?? assert.fail('the addon is there');
  const reader = await pair(context, room);
  const other = await pair(context, room);
  const reading = fails(() => reader.near.read(new Uint8Array(10)), aborted);
  const destroyed = new Promise<void>((resolve) => {
    other.near.onceReadable(() => {
      reader.near.destroy();
      resolve();
    });
  });
  // One turn of the event loop tells of both, of the one that reads first.
  await Promise.all([reader.far.write(Buffer.from('late')), other.far.write(Buffer.from('x'))]);
  await Promise.all([reading, destroyed]);
});
