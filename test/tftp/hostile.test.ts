import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ack,
  contentOf,
  data,
  memory,
  namesIn,
  noise,
  quickTimes,
  RawPeer,
  readBlocks,
  request,
  serve,
  type Served,
} from './harness.ts';
import type { TestContext } from 'node:test';

/** Shows that the server is alive and well. */
async function assertServes(t: TestContext, { port, sessions }: Served, content: Buffer): Promise<void> {
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file'));
  assert.deepEqual(await readBlocks(peer, 512), content);
  await sessions.whenEmpty();
}

const longName = 'x'.repeat(600);
const manyOptions = Array.from({ length: 20 }, (_, index) => [`o${index}`, '1']).flat();

const answered: readonly (readonly [string, Buffer, number])[] = [
  ['a request of two octets', Buffer.from([0, 1]), 4],
  ['a request of three octets', Buffer.from([0, 1, 0x61]), 4],
  ['a name without NUL', Buffer.from('\0\u0001file', 'latin1'), 4],
  ['a mode without NUL', Buffer.from('\0\u0001file\0octet', 'latin1'), 4],
  ['no mode', Buffer.from('\0\u0001file\0', 'latin1'), 4],
  ['an option without value', Buffer.from('\0\u0001file\0octet\0blksize\0', 'latin1'), 4],
  ['a value without NUL', Buffer.from('\0\u0001file\0octet\0blksize\x00512', 'latin1'), 4],
  ['an empty name', request(1, ''), 4],
  ['a name of 600 octets', request(1, longName), 4],
  ['twenty options', request(1, 'file', 'octet', ...manyOptions), 4],
  ['a request of 60 KB', Buffer.concat([request(1, 'file'), Buffer.alloc(60_000, 0x61)]), 4],
  ['a repeated option', request(1, 'file', 'octet', 'blksize', '600', 'BLKSIZE', '700'), 8],
  ['a malformed write request', Buffer.from([0, 2, 0x61]), 4],
];
for (const [what, packet, number] of answered) {
  test(`L17 ${what} is ERROR ${number} and hurts nobody`, async (t) => {
    const content = noise(700);
    const served = serve(t, memory({ file: content }));
    const peer = RawPeer.open(t, served.port);
    peer.send(packet);
    await peer.expect(5, number);
    await assertServes(t, served, content);
    assert.equal(served.sessions.size, 0);
  });
}

test('L17 whatever is no request gets no answer on the port that listens', async (t) => {
  const content = noise(700);
  const served = serve(t, memory({ file: content }));
  const peer = RawPeer.open(t, served.port);
  const packets = [
    Buffer.alloc(0),
    Buffer.from([0]),
    Buffer.from([1]),
    Buffer.from([0, 0, 0]),
    Buffer.from([0, 9, 0, 1]),
    Buffer.from([1, 1, 0, 0]),
    ack(0),
    data(1, noise(512)),
    Buffer.from([0, 5, 0, 1, 0]),
    Buffer.from([0, 6, 0]),
    noise(65_000),
  ];
  for (const packet of packets) peer.send(packet);
  await peer.expectSilence();
  await assertServes(t, served, content);
});

test('L17 nonsense within a transfer ends that one with ERROR 4 and no other', async (t) => {
  const content = noise(5000);
  const fileSystem = memory({ file: content });
  const served = serve(t, fileSystem, { policy: { write: 'create' } });
  const other = RawPeer.open(t, served.port);
  other.send(request(1, 'file'));
  const kept = await other.expect(3, 1);
  const nonsense = [
    Buffer.from([0, 9, 0, 0]),
    Buffer.from([0]),
    data(1, noise(10)),
    noise(60_000),
    Buffer.from([0, 4, 0]),
  ];
  for (const packet of nonsense) {
    const peer = RawPeer.open(t, served.port);
    peer.send(request(1, 'file'));
    const { from } = await peer.expect(3, 1);
    peer.send(packet, from.port);
    await peer.expect(5, 4);
  }
  for (const packet of [ack(0), Buffer.from([0, 3, 0]), data(1, noise(513)), noise(60_000)]) {
    const peer = RawPeer.open(t, served.port);
    peer.send(request(2, 'up'));
    const { from } = await peer.expect(4, 0);
    peer.send(packet, from.port);
    await peer.expect(5, 4);
  }
  assert.deepEqual(await namesIn(fileSystem), ['file']);
  other.send(ack(1), kept.from.port);
  await other.expect(3, 2);
});

test('a client that never answers gets one block or one OACK for each try, and no more', async (t) => {
  const content = noise(1_000_000);
  const { port, once } = serve(t, memory({ file: content }), { times: quickTimes });
  for (const options of [[], ['blksize', '65464', 'windowsize', '64']]) {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file', 'octet', ...options));
    let octets = 0;
    for (let copy = 0; copy <= quickTimes.retries; copy += 1) {
      const { packet, opcode } = await peer.next();
      assert.equal(opcode, options.length === 0 ? 3 : 6);
      octets += packet.length;
    }
    await peer.expect(5, 0);
    await peer.expectSilence();
    assert.ok(octets <= (1 + quickTimes.retries) * 516);
  }
  assert.equal((await once('session-closed')).reason, 'The client does not answer');
});

test('repeating a request without ever answering brings no more packets than waiting does', async (t) => {
  const { port } = serve(t, memory({ file: noise(1000) }));
  const peer = RawPeer.open(t, port);
  for (let copy = 0; copy < 50; copy += 1) peer.send(request(1, 'file'));
  for (let copy = 0; copy <= 3; copy += 1) await peer.expect(3, 1);
  await peer.expectSilence();
});

test('L18 requests beyond the limit get no answer, those within it finish', async (t) => {
  const content = noise(3000);
  const served = serve(t, memory({ file: content }), { limits: { transfersPerAddress: 20 } });
  const peers = Array.from({ length: 100 }, () => RawPeer.open(t, served.port));
  for (const peer of peers) peer.send(request(1, 'file'));
  const first = await Promise.all(peers.slice(0, 20).map((peer) => peer.expect(3, 1)));
  await peers[99]?.expectSilence();
  assert.equal(served.sessions.size, 20);
  assert.equal(served.events.filter(({ event }) => event === 'session-refused').length, 80);
  assert.ok(peers.slice(20).every(({ count }) => count === 0));
  await Promise.all(
    peers.slice(0, 20).map(async (peer, index) => {
      peer.send(ack(1), first[index]?.from.port);
      for (let block = 2; block <= 6; block += 1) {
        const { from } = await peer.expect(3, block);
        peer.send(ack(block), from.port);
      }
    }),
  );
  await served.sessions.whenEmpty();
  await assertServes(t, served, content);
});

test('L18 the limit on all transfers counts every address', async (t) => {
  const served = serve(t, memory({ file: noise(3000) }), { limits: { transfers: 1 } });
  const [one, two] = [RawPeer.open(t, served.port), RawPeer.open(t, served.port)];
  one.send(request(1, 'file'));
  await one.expect(3, 1);
  two.send(request(1, 'file'));
  const refused = await served.once('session-refused');
  assert.equal(refused.reason, 'Too many transfers');
});

test('a transfer that goes on for ever is ended', async (t) => {
  const { port, once } = serve(t, memory({ file: noise(3000) }), { limits: { unprovenMs: 50 } });
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file'));
  await peer.expect(3, 1);
  await peer.expect(5, 0);
  assert.equal((await once('session-closed')).reason, 'The transfer took too long');
});

test('networks that are not allowed and ports of other services get no answer', async (t) => {
  const content = noise(10);
  const elsewhere = serve(t, memory({ file: content }), {
    policy: { allowedNetworks: ['192.0.2.0/24', '::1'] },
  });
  const peer = RawPeer.open(t, elsewhere.port);
  peer.send(request(1, 'file'));
  await new Promise(setImmediate);
  const here = serve(t, memory({ file: content }), { policy: { allowedNetworks: ['127.0.0.0/8'] } });
  await assertServes(t, here, content);
  assert.equal(peer.count, 0);
  assert.deepEqual(elsewhere.events, []);
  const high = serve(t, memory({ file: content }), { policy: { lowestClientPort: 65_535 } });
  const low = RawPeer.open(t, high.port);
  low.send(request(1, 'file'));
  await assertServes(t, here, content);
  assert.equal(low.count, 0);
});

test('names that climb write nothing anywhere', async (t) => {
  const fileSystem = memory({ 'a/file': noise(5) });
  const { port } = serve(t, fileSystem, {
    policy: { write: 'overwrite', directories: [{ directory: '/a' }] },
  });
  for (const name of [
    '../evil',
    '/../evil',
    'x/../../evil',
    '..',
    '..\\evil',
    'x\\..\\..\\evil',
    'bad\nname',
  ]) {
    const peer = RawPeer.open(t, port);
    peer.send(request(2, name));
    await peer.expect(5, 2);
  }
  assert.deepEqual(await namesIn(fileSystem), ['a']);
  assert.equal((await contentOf(fileSystem, 'a/file')).length, 5);
});
