import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ack,
  loopback,
  memory,
  noise,
  optionsOf,
  quickTimes,
  RawPeer,
  readBlocks,
  readWindows,
  request,
  serve,
} from './harness.ts';

for (const size of [0, 1, 511, 512, 513, 100_000]) {
  test(`L01 a file of ${size} octets arrives exactly, from a port of its own`, async (t) => {
    const content = noise(size);
    const { port, once, events } = serve(t, memory({ file: content }));
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file'));
    const first = await peer.expect(3, 1);
    assert.notEqual(first.from.port, port);
    assert.equal(first.from.address, loopback);
    const parts = [first.data];
    peer.send(ack(1), first.from.port);
    for (let block = 2; (parts.at(-1)?.length ?? 0) === 512; block += 1) {
      const { data, from } = await peer.expect(3, block);
      assert.equal(from.port, first.from.port);
      parts.push(data);
      peer.send(ack(block), from.port);
    }
    assert.deepEqual(Buffer.concat(parts), content);
    const finished = await once('transfer-finished');
    assert.equal(finished.bytes, size);
    assert.equal(finished.result, 'completed');
    await once('session-closed');
    assert.ok(events.some(({ event }) => event === 'session-opened'));
  });
}

test('L02 a file that is not there is ERROR 1, a name that climbs ERROR 2, mail and unknown modes ERROR 4', async (t) => {
  const { port } = serve(t, memory({ 'a/file': noise(10) }));
  const cases: readonly (readonly [Buffer, number])[] = [
    [request(1, 'missing'), 1],
    [request(1, 'a/missing'), 1],
    [request(1, '../etc/passwd'), 2],
    [request(1, 'a/../../file'), 2],
    [request(1, '..\\file'), 2],
    [request(1, '/../file'), 2],
    [request(1, 'a'), 2],
    [request(1, '/'), 2],
    [request(1, 'file', 'mail'), 4],
    [request(1, 'file', 'binary'), 4],
    [request(1, 'file', ''), 4],
  ];
  for (const [packet, number] of cases) {
    const peer = RawPeer.open(t, port);
    peer.send(packet);
    const { packet: answer } = await peer.expect(5, number);
    assert.equal(answer.at(-1), 0, 'the text has its end');
  }
});

test('L02 a leading slash, a backslash and the case of the mode make no difference', async (t) => {
  const content = noise(100);
  const { port } = serve(t, memory({ 'boot/x64/file': content }));
  for (const [name, mode] of [
    ['/boot/x64/file', 'OCTET'],
    ['boot\\x64\\file', 'Octet'],
    ['//boot/x64//file', 'octet'],
  ] as const) {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, name, mode));
    assert.deepEqual(await readBlocks(peer, 512), content);
  }
});

test('L04 without an ACK the block comes again after growing intervals, and then no more', async (t) => {
  const { port, once } = serve(t, memory({ file: noise(600) }), { times: quickTimes });
  const peer = RawPeer.open(t, port);
  const startedAt = performance.now();
  peer.send(request(1, 'file'));
  for (let copy = 0; copy <= quickTimes.retries; copy += 1) {
    const { data } = await peer.expect(3, 1);
    assert.equal(data.length, 512);
  }
  const { reason } = await once('session-closed');
  assert.match(reason, /does not answer/);
  // 30, 60, 120 and 120 ms less their jitter; four equal intervals would be over after 120.
  assert.ok(performance.now() - startedAt > 250, 'the intervals have grown');
  await peer.expect(5, 0);
  await peer.expectSilence();
});

test('L05 a repeated ACK brings no second DATA', async (t) => {
  const { port } = serve(t, memory({ file: noise(2000) }));
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file'));
  const { from } = await peer.expect(3, 1);
  for (let copy = 0; copy < 3; copy += 1) peer.send(ack(1), from.port);
  await peer.expect(3, 2);
  peer.send(ack(1), from.port);
  peer.send(ack(0), from.port);
  peer.send(ack(7), from.port);
  peer.send(ack(65_535), from.port);
  peer.send(ack(2), from.port);
  await peer.expect(3, 3);
  peer.send(ack(3), from.port);
  const { data } = await peer.expect(3, 4);
  assert.equal(data.length, 2000 - 3 * 512);
  peer.send(ack(4), from.port);
  await peer.expectSilence();
});

for (const options of [[], ['tsize', '0']] as const) {
  test(`L06 a repeated request ${options.length > 0 ? 'with' : 'without'} options is one transfer`, async (t) => {
    const content = noise(700);
    const { port, events, sessions, once } = serve(t, memory({ file: content }));
    const peer = RawPeer.open(t, port);
    const packet = request(1, 'file', 'octet', ...options);
    peer.send(packet);
    const first = await peer.next();
    peer.send(packet);
    const second = await peer.next();
    assert.deepEqual(second.packet, first.packet);
    assert.equal(second.from.port, first.from.port);
    assert.equal(sessions.size, 1);
    if (options.length > 0) {
      peer.send(ack(0), first.from.port);
      assert.deepEqual(await readBlocks(peer, 512), content);
    } else {
      peer.send(ack(1), first.from.port);
      const { data } = await peer.expect(3, 2);
      peer.send(ack(2), first.from.port);
      assert.deepEqual(Buffer.concat([first.data, data]), content);
    }
    await once('session-closed');
    assert.equal(events.filter(({ event }) => event === 'session-opened').length, 1);
  });
}

test('L06 a client that starts again from the same port gets its file from the start', async (t) => {
  const content = noise(1500);
  const { port, events } = serve(t, memory({ file: content, other: content }));
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file'));
  const { from } = await peer.expect(3, 1);
  peer.send(ack(1), from.port);
  await peer.expect(3, 2);
  // One copy may be a stray of the network; a second without an ACK between them is a client that was switched off.
  peer.send(request(1, 'file'));
  await peer.expectSilence();
  peer.send(request(1, 'file'));
  assert.deepEqual(await readBlocks(peer, 512), content);
  const reasons = events.flatMap((event) => (event.event === 'session-closed' ? [event.reason] : []));
  assert.ok(reasons.some((reason) => reason.includes('begun anew')));
  peer.send(request(1, 'other'));
  assert.deepEqual(await readBlocks(peer, 512), content);
});

test('L07 a stranger gets ERROR 5 and the transfer goes on', async (t) => {
  const content = noise(1500);
  const { port } = serve(t, memory({ file: content }));
  const peer = RawPeer.open(t, port);
  const stranger = RawPeer.open(t, port);
  peer.send(request(1, 'file'));
  const { from, data } = await peer.expect(3, 1);
  stranger.send(ack(1), from.port);
  await stranger.expect(5, 5);
  // An ERROR is never answered, and a stranger's ends nothing.
  stranger.send(Buffer.from([0, 5, 0, 0, 0]), from.port);
  stranger.send(Buffer.from([9]), from.port);
  await stranger.expect(5, 5);
  peer.send(ack(1), from.port);
  const second = await peer.expect(3, 2);
  peer.send(ack(2), from.port);
  const third = await peer.expect(3, 3);
  peer.send(ack(3), from.port);
  assert.deepEqual(Buffer.concat([data, second.data, third.data]), content);
  assert.equal(stranger.pending, 0);
});

test('L08 blksize is granted as asked, made smaller or left out', async (t) => {
  const content = noise(70_000);
  const { port } = serve(t, memory({ file: content }));
  for (const [asked, granted] of [
    ['1428', '1428'],
    ['8', '8'],
    ['65464', '65464'],
    ['70000', '65464'],
  ] as const) {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file', 'octet', 'blksize', asked));
    const { packet, from } = await peer.expect(6);
    assert.deepEqual(optionsOf(packet), { blksize: granted });
    peer.send(ack(0), from.port);
    assert.deepEqual(await readBlocks(peer, Number(granted)), content);
  }
  for (const asked of ['0', '7', 'abc', '', '-1', '1e9', '99999999999999999999']) {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file', 'octet', 'blksize', asked));
    const { data } = await peer.expect(3, 1);
    assert.equal(data.length, 512, asked);
  }
});

test('L09 tsize 0 of a read request is answered with the size', async (t) => {
  const { port } = serve(t, memory({ file: noise(12_345), empty: noise(0) }));
  for (const [name, size] of [
    ['file', '12345'],
    ['empty', '0'],
  ] as const) {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, name, 'octet', 'tsize', '0'));
    assert.deepEqual(optionsOf((await peer.expect(6)).packet), { tsize: size });
  }
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'netascii', 'tsize', '0'));
  await peer.expect(3, 1);
});

test('L10 a timeout is echoed as it is, used as interval, and left out when it cannot be', async (t) => {
  const { port, server } = serve(t, memory({ file: noise(600) }), { times: quickTimes });
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'octet', 'timeout', '1'));
  const { packet, from } = await peer.expect(6);
  assert.deepEqual(optionsOf(packet), { timeout: '1' });
  peer.send(ack(0), from.port);
  await peer.expect(3, 1);
  const sentAt = performance.now();
  await peer.expect(3, 1);
  assert.ok(performance.now() - sentAt > 800, 'not before the second that was agreed, jitter aside');
  for (const asked of ['0', '256', '-1', 'x']) {
    const other = RawPeer.open(t, port);
    other.send(request(1, 'file', 'octet', 'timeout', asked));
    await other.expect(3, 1);
  }
  await server.close(0);
});

test('L11 unknown options alone bring plain DATA, and names are taken in any case', async (t) => {
  const { port } = serve(t, memory({ file: noise(600) }));
  const plain = RawPeer.open(t, port);
  plain.send(request(1, 'file', 'octet', 'multicast', '', 'x-unknown', '1', 'utimeout', '5'));
  await plain.expect(3, 1);
  const mixed = RawPeer.open(t, port);
  mixed.send(request(1, 'file', 'octet', 'BlkSize', '600', 'foo', 'bar', 'TSIZE', '0', 'WindowSize', '2'));
  const { packet } = await mixed.expect(6);
  assert.deepEqual(optionsOf(packet), { blksize: '600', tsize: '600', windowsize: '2' });
});

test('L12 an OACK that nobody answers is sent again, and ERROR 8 ends it without a word', async (t) => {
  const { port, once } = serve(t, memory({ file: noise(600) }), { times: { ...quickTimes, retries: 50 } });
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'octet', 'blksize', '1000'));
  const first = await peer.expect(6);
  const second = await peer.expect(6);
  assert.deepEqual(second.packet, first.packet);
  peer.send(Buffer.from([0, 5, 0, 8, 0x6e, 0x6f, 0]), first.from.port);
  const { reason } = await once('session-closed');
  assert.match(reason, /error 8: no/);
  while (peer.pending > 0) await peer.expect(6);
  await peer.expectSilence();
});

test('L13 windows: bursts, an ACK inside one continues behind it, a stale one is ignored', async (t) => {
  const content = noise(512 * 40 + 100);
  const { port } = serve(t, memory({ file: content }));
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'octet', 'windowsize', '8'));
  const { packet, from } = await peer.expect(6);
  assert.deepEqual(optionsOf(packet), { windowsize: '8' });
  const received = new Map<number, Buffer>();
  const burst = async (first: number, last: number): Promise<void> => {
    for (let block = first; block <= last; block += 1)
      received.set(block, (await peer.expect(3, block)).data);
  };
  peer.send(ack(0), from.port);
  await burst(1, 8);
  await peer.expectSilence();
  peer.send(ack(8), from.port);
  await burst(9, 16);
  peer.send(ack(8), from.port);
  peer.send(ack(3), from.port);
  await peer.expectSilence();
  peer.send(ack(13), from.port);
  await burst(14, 21);
  await peer.expectSilence();
  peer.send(ack(21), from.port);
  await burst(22, 29);
  peer.send(ack(29), from.port);
  await burst(30, 37);
  peer.send(ack(37), from.port);
  await burst(38, 41);
  peer.send(ack(41), from.port);
  await peer.expectSilence();
  const blocks = Array.from({ length: 41 }, (_, index) => received.get(index + 1) ?? Buffer.alloc(0));
  assert.deepEqual(Buffer.concat(blocks), content);
});

test('L13 a window beyond the limits is granted smaller, and none of 0', async (t) => {
  const { port } = serve(t, memory({ file: noise(600) }));
  const granted = async (...options: string[]): Promise<Record<string, string>> => {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file', 'octet', ...options));
    return optionsOf((await peer.expect(6)).packet);
  };
  assert.deepEqual(await granted('windowsize', '65535'), { windowsize: '64' });
  assert.deepEqual(await granted('windowsize', '64', 'blksize', '65464'), {
    blksize: '65464',
    windowsize: '8',
  });
  assert.deepEqual(await granted('windowsize', '0', 'blksize', '100'), { blksize: '100' });
});

for (const rollover of [0, 1] as const) {
  test(`L14 more than 65535 blocks roll over to ${rollover} and arrive exactly`, async (t) => {
    const content = noise(8 * 66_000 + 3);
    const { port } = serve(t, memory({ file: content }), { rollover });
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file', 'octet', 'blksize', '8', 'windowsize', '50'));
    const { from } = await peer.expect(6);
    const received = await readWindows(peer, from, { blockSize: 8, windowSize: 50, rollover });
    assert.ok(received.equals(content));
  });
}

test('L15 netascii of line ends on every place of a block border', async (t) => {
  for (const offset of [509, 510, 511, 512]) {
    const text = `${'x'.repeat(offset)}\n\r\n\r\r\0y\n`;
    const { port } = serve(t, memory({ file: Buffer.from(text) }));
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file', 'netascii'));
    const wire = await readBlocks(peer, 512);
    assert.equal(
      wire.toString(),
      text.replaceAll(/[\r\n]/gu, (end) => (end === '\n' ? '\r\n' : '\r\0')),
    );
  }
});

test('a transfer in single-port mode answers from the port that was asked, strangers get ERROR 5', async (t) => {
  const content = noise(5000);
  const { port } = serve(t, memory({ file: content }), { ports: 'single' });
  const [one, two, stranger] = [RawPeer.open(t, port), RawPeer.open(t, port), RawPeer.open(t, port)];
  one.send(request(1, 'file'));
  two.send(request(1, 'file', 'octet', 'blksize', '1000'));
  stranger.send(ack(1));
  await stranger.expect(5, 5);
  assert.equal((await two.expect(6)).from.port, port);
  two.send(ack(0));
  const [first, second] = await Promise.all([readBlocks(one, 512), readBlocks(two, 1000)]);
  assert.ok(first.equals(content));
  assert.ok(second.equals(content));
});
