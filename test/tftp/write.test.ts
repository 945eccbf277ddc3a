import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultFileSystem, Gate } from '#storage/index.ts';
import {
  ack,
  contentOf,
  data,
  memory,
  namesIn,
  noise,
  optionsOf,
  quickTimes,
  RawPeer,
  request,
  serve,
  type Arrived,
} from './harness.ts';

const creating = { policy: { write: 'create' } } as const;
const overwriting = { policy: { write: 'overwrite' } } as const;

/** Sends blocks one at a time, after the answer that asks for the first, and gives the last ACK. */
async function writeBlocks(peer: RawPeer, content: Buffer, blockSize = 512): Promise<Arrived> {
  const first = await peer.next();
  assert.ok(first.opcode === 4 || first.opcode === 6);
  for (let block = 1; ; block += 1) {
    const part = content.subarray((block - 1) * blockSize, block * blockSize);
    peer.send(data(block % 65_536, part), first.from.port);
    const answer = await peer.expect(4, block % 65_536);
    if (part.length < blockSize) return answer;
  }
}

test('L03 writing is off unless allowed: ERROR 2', async (t) => {
  const fileSystem = memory();
  const { port, events } = serve(t, fileSystem);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  await peer.expect(5, 2);
  assert.deepEqual(await namesIn(fileSystem), []);
  assert.ok(events.some((event) => event.event === 'denied' && event.action === 'upload'));
});

test('L03 create takes a new name exactly and leaves an old one: ERROR 6', async (t) => {
  const old = noise(100);
  const fileSystem = memory({ old });
  const { port, once } = serve(t, fileSystem, creating);
  for (const size of [0, 1, 511, 512, 513, 20_000]) {
    const content = noise(size, size + 1);
    const peer = RawPeer.open(t, port);
    peer.send(request(2, `new${size}`));
    await writeBlocks(peer, content);
    assert.deepEqual(await contentOf(fileSystem, `new${size}`), content);
  }
  const finished = await once('transfer-finished');
  assert.equal(finished.direction, 'upload');
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'old'));
  await peer.expect(5, 6);
  assert.deepEqual(await contentOf(fileSystem, 'old'), old);
});

test('L03 overwrite replaces, but only when the file is whole', async (t) => {
  const old = noise(1000);
  const fileSystem = memory({ file: old });
  const { port, once } = serve(t, fileSystem, overwriting);
  const half = RawPeer.open(t, port);
  half.send(request(2, 'file'));
  const { from } = await half.expect(4, 0);
  half.send(data(1, noise(512)), from.port);
  await half.expect(4, 1);
  assert.deepEqual(await contentOf(fileSystem, 'file'), old);
  half.send(Buffer.from([0, 5, 0, 0, 0]), from.port);
  await once('session-closed');
  assert.deepEqual(await contentOf(fileSystem, 'file'), old);
  assert.deepEqual(await namesIn(fileSystem), ['file']);
  const content = noise(777, 3);
  const whole = RawPeer.open(t, port);
  whole.send(request(2, 'file'));
  await writeBlocks(whole, content);
  assert.deepEqual(await contentOf(fileSystem, 'file'), content);
});

test('L05 a repeated DATA is acknowledged again and written once', async (t) => {
  const content = noise(1100);
  const fileSystem = memory();
  const { port } = serve(t, fileSystem, creating);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  const { from } = await peer.expect(4, 0);
  for (const block of [1, 1, 2, 2, 2]) {
    peer.send(data(block, content.subarray((block - 1) * 512, block * 512)), from.port);
    await peer.expect(4, block);
  }
  // Older than the last one: stale, and not worth an answer.
  peer.send(data(1, content.subarray(0, 512)), from.port);
  peer.send(data(3, content.subarray(1024)), from.port);
  await peer.expect(4, 3);
  assert.deepEqual(await contentOf(fileSystem, 'file'), content);
});

test('L06 a repeated write request is answered again by the same transfer', async (t) => {
  const { port, sessions } = serve(t, memory(), creating);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  const first = await peer.expect(4, 0);
  peer.send(request(2, 'file'));
  const second = await peer.expect(4, 0);
  assert.equal(second.from.port, first.from.port);
  assert.equal(sessions.size, 1);
});

test('L07 a stranger cannot write into an upload', async (t) => {
  const content = noise(600);
  const fileSystem = memory();
  const { port } = serve(t, fileSystem, creating);
  const peer = RawPeer.open(t, port);
  const stranger = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  const { from } = await peer.expect(4, 0);
  stranger.send(data(1, noise(512, 99)), from.port);
  await stranger.expect(5, 5);
  peer.send(data(1, content.subarray(0, 512)), from.port);
  await peer.expect(4, 1);
  stranger.send(data(2, noise(5, 98)), from.port);
  await stranger.expect(5, 5);
  peer.send(data(2, content.subarray(512)), from.port);
  await peer.expect(4, 2);
  assert.deepEqual(await contentOf(fileSystem, 'file'), content);
});

test('L09 a file larger than the limit or the disk is ERROR 3 before its first octet', async (t) => {
  const fileSystem = memory();
  const { port } = serve(t, fileSystem, { ...creating, limits: { uploadBytes: 1000 } });
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file', 'octet', 'tsize', '1001'));
  await peer.expect(5, 3);
  const fitting = RawPeer.open(t, port);
  fitting.send(request(2, 'file', 'octet', 'tsize', '1000'));
  assert.deepEqual(optionsOf((await fitting.expect(6)).packet), { tsize: '1000' });
  const full = serve(t, new FaultFileSystem(memory()), creating);
  const large = RawPeer.open(t, full.port);
  large.send(request(2, 'file', 'octet', 'tsize', String(2 ** 53 - 1)));
  await large.expect(5, 3);
});

test('L09 a file that lies about its size is stopped at the limit with ERROR 3 and leaves no trace', async (t) => {
  const fileSystem = memory();
  const { port, once } = serve(t, fileSystem, { ...creating, limits: { uploadBytes: 1000 } });
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file', 'octet', 'tsize', '10'));
  const { from } = await peer.expect(6);
  peer.send(data(1, noise(512)), from.port);
  await peer.expect(4, 1);
  peer.send(data(2, noise(500)), from.port);
  await peer.expect(5, 3);
  await once('session-closed');
  assert.deepEqual(await namesIn(fileSystem), []);
});

test('a disk that fills is ERROR 3, nothing half-written is left, and nobody else notices', async (t) => {
  const content = noise(600_000);
  const fileSystem = memory({ other: content });
  const faulty = new FaultFileSystem(fileSystem, [
    { operation: 'write', path: '/file', after: 300_000, code: 'no-space' },
  ]);
  const { port } = serve(t, faulty, creating);
  const reader = RawPeer.open(t, port);
  reader.send(request(1, 'other'));
  const first = await reader.expect(3, 1);
  const writer = RawPeer.open(t, port);
  writer.send(request(2, 'file', 'octet', 'blksize', '50000'));
  const { from } = await writer.expect(6);
  let answer: Arrived | null = null;
  for (let block = 1; answer?.opcode !== 5; block += 1) {
    assert.ok(block <= 12, 'the disk is never full');
    const part = content.subarray((block - 1) * 50_000, block * 50_000);
    writer.send(data(block, block === 12 ? part.subarray(1) : part), from.port);
    answer = await writer.next();
  }
  assert.equal(answer.number, 3);
  assert.deepEqual(await namesIn(fileSystem), ['other']);
  reader.send(ack(1), first.from.port);
  await reader.expect(3, 2);
});

test('a file that cannot be finished is an ERROR and never acknowledged', async (t) => {
  const fileSystem = memory();
  const faulty = new FaultFileSystem(fileSystem, [{ operation: 'finish', path: '/file', code: 'no-space' }]);
  const { port } = serve(t, faulty, creating);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  const { from } = await peer.expect(4, 0);
  peer.send(data(1, noise(10)), from.port);
  await peer.expect(5, 3);
  assert.deepEqual(await namesIn(fileSystem), []);
});

test('a slow disk holds the last ACK back until the file is in its place', async (t) => {
  const gate = new Gate();
  const fileSystem = memory();
  const faulty = new FaultFileSystem(fileSystem, [{ operation: 'finish', path: '/file', gate }]);
  const { port } = serve(t, faulty, creating);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  const { from } = await peer.expect(4, 0);
  peer.send(data(1, noise(10)), from.port);
  await gate.reached;
  peer.send(data(1, noise(10)), from.port);
  await peer.expectSilence();
  gate.release();
  await peer.expect(4, 1);
  assert.deepEqual(await contentOf(fileSystem, 'file'), noise(10));
});

test('L11 unknown options alone bring ACK 0', async (t) => {
  const { port } = serve(t, memory(), creating);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file', 'octet', 'x-unknown', '1', 'blksize', '7'));
  await peer.expect(4, 0);
});

test('L12 an OACK of a write request is sent again when no DATA follows', async (t) => {
  const { port } = serve(t, memory(), { ...creating, times: quickTimes });
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file', 'octet', 'blksize', '100'));
  const first = await peer.expect(6);
  const second = await peer.expect(6);
  assert.deepEqual(second.packet, first.packet);
});

test('L13 an upload in windows: one ACK for each, one for a gap, none for what follows it', async (t) => {
  const content = noise(512 * 11 + 7);
  const fileSystem = memory();
  const { port } = serve(t, fileSystem, creating);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file', 'octet', 'windowsize', '4'));
  const { from, packet } = await peer.expect(6);
  assert.deepEqual(optionsOf(packet), { windowsize: '4' });
  const send = (...blocks: number[]): void => {
    for (const block of blocks)
      peer.send(data(block, content.subarray((block - 1) * 512, block * 512)), from.port);
  };
  send(1, 2, 3, 4);
  await peer.expect(4, 4);
  // Six is lost; seven and eight tell of it once.
  send(5, 7, 8);
  await peer.expect(4, 5);
  await peer.expectSilence();
  // Two have changed places, which looks like a loss, and all come again.
  send(6, 8, 7, 9);
  await peer.expect(4, 6);
  send(7, 8, 9, 10);
  const seen = [(await peer.next()).number];
  while (seen.at(-1) !== 10) {
    send(7, 8, 9, 10);
    seen.push((await peer.next()).number);
    assert.ok(seen.length < 10, `ends at ten: ${seen.join(' ')}`);
  }
  send(11, 12);
  for (;;) {
    const { number } = await peer.next();
    if (number === 12) break;
  }
  assert.deepEqual(await contentOf(fileSystem, 'file'), content);
});

test('L14 an upload of more than 65535 blocks is taken exactly however the client rolls over', async (t) => {
  const content = noise(8 * 65_600 + 3);
  const fileSystem = memory();
  // Set to 0, while the client goes on with 1: one block at a time shows how it counts.
  const { port } = serve(t, fileSystem, { ...creating, rollover: 0 });
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file', 'octet', 'blksize', '8'));
  const { from } = await peer.expect(6);
  for (let block = 1; (block - 1) * 8 <= content.length; block += 1) {
    const wire = block <= 65_535 ? block : block - 65_535;
    peer.send(data(wire, content.subarray((block - 1) * 8, block * 8)), from.port);
    const { opcode, number } = await peer.next();
    assert.ok(opcode === 4 && number === wire, `block ${block}`);
  }
  assert.ok((await contentOf(fileSystem, 'file')).equals(content));
});

for (const rollover of [0, 1] as const) {
  test(`L14 an upload in windows over 65535 blocks with rollover set to ${rollover} is taken exactly`, async (t) => {
    const content = noise(8 * 65_600 + 3);
    const fileSystem = memory();
    const { port } = serve(t, fileSystem, { ...creating, rollover });
    const peer = RawPeer.open(t, port);
    peer.send(request(2, 'file', 'octet', 'blksize', '8', 'windowsize', '60'));
    const { from } = await peer.expect(6);
    const wireOf = (block: number): number =>
      block <= 65_535 ? block : rollover === 0 ? block - 65_536 : block - 65_535;
    const last = Math.floor(content.length / 8) + 1;
    for (let block = 1; block <= last; block += 1) {
      peer.send(data(wireOf(block), content.subarray((block - 1) * 8, block * 8)), from.port);
      if (block % 60 === 0 || block === last) await peer.expect(4, wireOf(block));
    }
    assert.ok((await contentOf(fileSystem, 'file')).equals(content));
  });
}

test('L15 netascii uploads with CR and LF on either side of a border', async (t) => {
  const fileSystem = memory();
  const { port } = serve(t, fileSystem, creating);
  for (const offset of [510, 511, 512]) {
    const wire = `${'x'.repeat(offset)}\r\n\r\0\r\n${'y'.repeat(512)}\r`;
    const peer = RawPeer.open(t, port);
    peer.send(request(2, `file${offset}`, 'netascii'));
    await writeBlocks(peer, Buffer.from(wire));
    const expected = `${'x'.repeat(offset)}\n\r\n${'y'.repeat(512)}\r`;
    assert.equal((await contentOf(fileSystem, `file${offset}`)).toString(), expected);
  }
});

test('L16 the last DATA is acknowledged again after the transfer has ended', async (t) => {
  const { port, once, sessions, server } = serve(t, memory(), creating);
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  const { from } = await peer.expect(4, 0);
  peer.send(data(1, noise(10)), from.port);
  await peer.expect(4, 1);
  await once('session-closed');
  assert.equal(sessions.size, 0);
  for (let copy = 0; copy < 3; copy += 1) {
    peer.send(data(1, noise(10)), from.port);
    await peer.expect(4, 1);
  }
  await server.close(0);
});
