import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { loadBinding } from '#native/linux/binding.ts';
import { linuxPeerSockets } from '#native/linux/peer-socket.ts';
import { TftpFileSystem } from '#protocols/tftp/client/tftp-file-system.ts';
import { local } from '#storage/index.ts';
import { addonTest } from '../native/addon-test.ts';
import {
  ack,
  data,
  loopback,
  noise,
  optionsOf,
  quickTimes,
  RawPeer,
  readBlocks,
  readWindows,
  request,
  serve,
} from './harness.ts';
import { openDirectory } from './programs.ts';
import { Relay } from './relay.ts';

/*
 * Files of a local storage go past the program where the addon is there, and through it where it is not: what a client
 * sees must be the same.
 */

/** A server of a directory with one file, `file`. */
function serveFile(t: TestContext, content: Uint8Array, options: Parameters<typeof serve>[2] = {}) {
  const directory = openDirectory(t);
  writeFileSync(join(directory, 'file'), content);
  return { directory, ...serve(t, local(directory), options) };
}

for (const size of [0, 1, 511, 512, 513, 16 * 1024, 300_000]) {
  test(`a local file of ${size} octets arrives exactly, with and without options`, async (t) => {
    const content = noise(size);
    const { port, once } = serveFile(t, content);
    for (const options of [[], ['blksize', '1000', 'tsize', '0'], ['blksize', '100', 'windowsize', '1']]) {
      const peer = RawPeer.open(t, port);
      peer.send(request(1, 'file', 'octet', ...options));
      let blockSize = 512;
      if (options.length > 0) {
        const { packet, from } = await peer.expect(6);
        blockSize = Number(optionsOf(packet)['blksize']);
        peer.send(ack(0), from.port);
      }
      assert.ok((await readBlocks(peer, blockSize)).equals(content));
    }
    const finished = await once('transfer-finished');
    assert.equal(finished.bytes, size);
    assert.equal(finished.result, 'completed');
  });
}

test('a local file: repeated, old and coming acknowledgements bring nothing, strangers ERROR 5', async (t) => {
  const { port } = serveFile(t, noise(2000));
  const [peer, stranger] = [RawPeer.open(t, port), RawPeer.open(t, port)];
  peer.send(request(1, 'file'));
  const { from } = await peer.expect(3, 1);
  for (let copy = 0; copy < 3; copy += 1) peer.send(ack(1), from.port);
  await peer.expect(3, 2);
  for (const block of [1, 0, 7, 65_535]) peer.send(ack(block), from.port);
  stranger.send(ack(2), from.port);
  await stranger.expect(5, 5);
  await peer.expectSilence();
  peer.send(ack(2), from.port);
  await peer.expect(3, 3);
  peer.send(ack(3), from.port);
  assert.equal((await peer.expect(3, 4)).data.length, 2000 - 3 * 512);
  peer.send(ack(4), from.port);
  await peer.expectSilence();
});

test('a local file: a window goes on behind what an acknowledgement inside it confirms', async (t) => {
  const content = noise(512 * 40 + 100);
  const { port } = serveFile(t, content);
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'octet', 'windowsize', '8'));
  const { from } = await peer.expect(6);
  const received = new Map<number, Buffer>();
  const burst = async (first: number, last: number): Promise<void> => {
    for (let block = first; block <= last; block += 1)
      received.set(block, (await peer.expect(3, block)).data);
    await peer.expectSilence();
  };
  for (const [confirmed, first, last] of [
    [0, 1, 8],
    [8, 9, 16],
    [13, 14, 21],
    [14, 15, 22],
    [22, 23, 30],
    [30, 31, 38],
    [38, 39, 41],
    [40, 41, 41],
  ] as const) {
    peer.send(ack(confirmed), from.port);
    await burst(first, last);
  }
  peer.send(ack(41), from.port);
  await peer.expectSilence();
  const blocks = Array.from({ length: 41 }, (_, index) => received.get(index + 1) ?? Buffer.alloc(0));
  assert.deepEqual(Buffer.concat(blocks), content);
});

test('a local file: silence brings the window again, after growing intervals, and then no more', async (t) => {
  const { port, once } = serveFile(t, noise(4000), { times: quickTimes });
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'octet', 'windowsize', '2'));
  const { from } = await peer.expect(6);
  peer.send(ack(0), from.port);
  await peer.expect(3, 1);
  await peer.expect(3, 2);
  peer.send(ack(1), from.port);
  const startedAt = performance.now();
  for (let copy = 0; copy <= quickTimes.retries; copy += 1) {
    await peer.expect(3, 2);
    await peer.expect(3, 3);
  }
  await peer.expect(5, 0);
  assert.match((await once('session-closed')).reason, /does not answer/);
  // 30, 60, 120 and 120 ms less their jitter.
  assert.ok(performance.now() - startedAt > 250, 'the intervals have grown');
  await peer.expectSilence();
});

test('a local file: a repeated request is one transfer, and a second one after an answer begins anew', async (t) => {
  const content = noise(1200);
  const { port, events } = serveFile(t, content);
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file'));
  const { from } = await peer.expect(3, 1);
  peer.send(request(1, 'file'));
  assert.equal((await peer.expect(3, 1)).from.port, from.port);
  peer.send(ack(1), from.port);
  await peer.expect(3, 2);
  peer.send(request(1, 'file'));
  await peer.expectSilence();
  peer.send(request(1, 'file'));
  assert.deepEqual(await readBlocks(peer, 512), content);
  const reasons = events.flatMap((event) => (event.event === 'session-closed' ? [event.reason] : []));
  assert.ok(reasons.some((reason) => reason.includes('begun anew')));
});

test('a local file: what is no acknowledgement ends the transfer with ERROR 4, an ERROR without a word', async (t) => {
  const { port, sessions, once } = serveFile(t, noise(5000));
  for (const packet of [data(1, noise(10)), Buffer.from([0, 4, 0]), Buffer.from([0, 9, 0, 0]), noise(9000)]) {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file'));
    const { from } = await peer.expect(3, 1);
    peer.send(packet, from.port);
    await peer.expect(5, 4);
  }
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file'));
  const { from } = await peer.expect(3, 1);
  peer.send(Buffer.from([0, 5, 0, 0, 0]), from.port);
  await sessions.whenEmpty();
  await once('session-closed');
  await peer.expectSilence();
});

test('a file that becomes shorter while it is sent ends in ERROR 0', async (t) => {
  const { port, directory, once } = serveFile(t, noise(400_000));
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'octet', 'blksize', '1000'));
  const { from } = await peer.expect(6);
  truncateSync(join(directory, 'file'), 100_500);
  peer.send(ack(0), from.port);
  for (let block = 1; block <= 100; block += 1) {
    await peer.expect(3, block);
    peer.send(ack(block), from.port);
  }
  await peer.expect(5, 0);
  assert.equal((await once('transfer-finished')).result, 'failed');
});

for (const rollover of [0, 1] as const) {
  test(`a local file of more than 65535 blocks rolls over to ${rollover} and arrives exactly`, async (t) => {
    const content = noise(8 * 66_000 + 3);
    const { port } = serveFile(t, content, { rollover });
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file', 'octet', 'blksize', '8', 'windowsize', '60'));
    const { from } = await peer.expect(6);
    const received = await readWindows(peer, from, { blockSize: 8, windowSize: 60, rollover });
    assert.ok(received.equals(content));
  });
}

for (const windowSize of [1, 8]) {
  test(`a local file in windows of ${windowSize} survives a network that loses, doubles and swaps`, async (t) => {
    const content = noise(100_000);
    const times = { initialMs: 20, minimumMs: 20, maximumMs: 40, retries: 30 };
    const { port } = serveFile(t, content, { times });
    const relay = Relay.open(t, port, { drop: 0.08, double: 0.1, swap: 0.08, seed: 7 });
    const remote = new TftpFileSystem({ host: loopback, port: relay.port, times, windowSize });
    t.after(() => {
      remote.close();
    });
    const handle = await remote.openRead(resolveVirtualPath(rootPath, 'file'));
    const received = Buffer.alloc(content.length + 1);
    let length = 0;
    for (;;) {
      const count = await handle.read(received.subarray(length), length);
      if (count === 0) break;
      length += count;
    }
    handle.close();
    assert.ok(received.subarray(0, length).equals(content));
    assert.ok(relay.disturbed > 5);
  });
}

const binding = loadBinding();
const openNative = binding === undefined ? null : linuxPeerSockets(binding);

addonTest(
  'a stream reads in the thread pool what cannot be had without waiting, and gives up with the disk',
  async (t) => {
    // Files of procfs never say that a read would not have to wait.
    const path = '/proc/filesystems';
    const content = readFileSync(path);
    const fileDescriptor = openSync(path, 'r');
    t.after(() => {
      closeSync(fileDescriptor);
    });
    const peer = RawPeer.open(t, 0);
    const socket = openNative?.({
      localAddress: loopback,
      remoteAddress: loopback,
      remotePort: peer.port,
      onPacket: () => undefined,
    });
    t.after(() => socket?.close());
    const stream = socket?.openBlockStream?.({ blockBytes: 64, windowBlocks: 1, rollover: 0 });
    assert.ok(stream !== undefined);
    const received = readBlocks(peer, 64);
    assert.equal(await stream.sendFile(fileDescriptor, 0, 100), 100);
    assert.equal(await stream.sendFile(fileDescriptor, 100, content.length - 100), content.length - 100);
    await stream.end();
    assert.deepEqual(await received, content);
    const { answers, inFlight } = stream.look();
    assert.equal(answers, Math.floor(content.length / 64) + 1);
    assert.equal(inFlight, false);
    stream.close(new Error('over'));
    await assert.rejects(stream.end(), /over/);
  },
);
