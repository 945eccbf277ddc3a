import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { defaultBlockSize } from '#protocols/tftp/wire/limits.ts';
import { answering, client, error, get, optionAcknowledgement, path, put } from './client-fixture.ts';
import { ack, data, loopback, noise, withPatience } from './harness.ts';

/*
 * Debian's busybox is built without its server. What follows is what `udpsvd -E 127.0.0.1 69 tftpd -c` of busybox 1.35
 * says: it answers from the port that was asked, grants a block size and tells the size, and knows no windows.
 */
test('a server of busybox is spoken to in its dialect, in both directions', async (t) => {
  const content = noise(3000);
  const block = (number: number): Buffer =>
    data(number, content.subarray((number - 1) * 1428, number * 1428));
  const sent: Buffer[] = [];
  const { port, packets } = answering(t, (packet) => {
    const name = packet.toString('latin1', 2, packet.indexOf(0, 2));
    const number = packet.readUInt16BE(2);
    switch (packet[1]) {
      case 1:
        return [
          name === 'missing'
            ? error(1, "can't open file")
            : optionAcknowledgement('blksize', '1428', 'tsize', '3000'),
        ];
      case 2:
        return [optionAcknowledgement('blksize', '1428')];
      case 3:
        sent.push(packet.subarray(4));
        return [ack(number)];
      default:
        return number < 3 ? [block(number + 1)] : [];
    }
  });
  const remote = client(t, port);
  assert.deepEqual(await get(remote, 'there'), content);
  await put(remote, 'up', content, content.length);
  assert.deepEqual(Buffer.concat(sent), content);
  await assert.rejects(get(remote, 'missing'), { code: 'not-found' });
  const asked = packets
    .filter((packet) => (packet[1] ?? 0) <= 2)
    .map((packet) => packet.toString('latin1', 2));
  assert.deepEqual(asked, [
    'there\0octet\0blksize\x001428\0tsize\x000\0windowsize\x0032\0',
    'up\0octet\0blksize\x001428\0tsize\x003000\0windowsize\x0032\0',
    'missing\0octet\0blksize\x001428\0tsize\x000\0windowsize\x0032\0',
  ]);
});

/*
 * It is the same server that goes away with the last acknowledgement. When its last block has come twice, the second
 * acknowledgement finds a new server on the same port, which takes it for a request.
 */
for (const granted of [[], ['blksize', '1000', 'tsize', '2500']] as const) {
  const dialect = granted.length === 0 ? 'without options' : 'with options';
  test(`an ERROR behind the last block is no error of the transfer, ${dialect}`, async (t) => {
    const blockSize = granted.length === 0 ? defaultBlockSize : 1000;
    const content = noise(2500);
    const last = Math.floor(content.length / blockSize) + 1;
    const block = (number: number): Buffer =>
      data(number, content.subarray((number - 1) * blockSize, number * blockSize));
    const errorSeen = Promise.withResolvers<void>();
    let lastAcknowledged = 0;
    const { port } = answering(t, (packet) => {
      const number = packet.readUInt16BE(2);
      if (packet[1] === 1 && granted.length > 0) return [optionAcknowledgement(...granted)];
      if (packet[1] === 1) return [block(1)];
      if (number < last) return number + 1 === last ? [block(last), block(last)] : [block(number + 1)];
      lastAcknowledged += 1;
      if (lastAcknowledged === 3) errorSeen.resolve();
      return lastAcknowledged === 2 ? [error(4, 'malformed packet'), block(last)] : [];
    });
    const handle = await client(t, port).openRead(path('file'));
    t.after(() => handle.close());
    const received = Buffer.alloc(content.length);
    assert.equal(await handle.read(received, 0), content.length);
    await withPatience('the acknowledgement behind the ERROR', (resolve) => {
      void errorSeen.promise.then(resolve);
    });
    assert.equal(await handle.read(Buffer.alloc(10), content.length), 0);
    assert.deepEqual(received, content);
  });
}

test('what was meant for an earlier transfer from the same port is no first answer', async (t) => {
  const content = noise(700);
  const stale: Buffer[] = [];
  for (const direction of ['down', 'up']) {
    const refused = Promise.withResolvers<Buffer>();
    const earlier = createSocket('udp4');
    earlier.bindSync({ address: loopback, port: 0 });
    t.after(() => {
      earlier.close();
    });
    earlier.on('message', (packet) => {
      refused.resolve(packet);
    });
    const sent: Buffer[] = [];
    const server = createSocket('udp4');
    server.bindSync({ address: loopback, port: 0 });
    t.after(() => {
      server.close();
    });
    server.on('message', (packet, from) => {
      const number = packet.readUInt16BE(2);
      const answer = (reply: Buffer): void => {
        server.send(reply, from.port, from.address);
      };
      if (packet[1] === 1 || packet[1] === 2) {
        earlier.send(direction === 'down' ? data(7, noise(512)) : ack(7), from.port, from.address);
        void refused.promise.then((refusal) => {
          stale.push(refusal);
          answer(direction === 'down' ? data(1, content.subarray(0, 512)) : ack(0));
        });
      } else if (packet[1] === 3) {
        sent.push(packet.subarray(4));
        answer(ack(number));
      } else if (number === 1) {
        answer(data(2, content.subarray(512)));
      }
    });
    const remote = client(t, server.address().port);
    if (direction === 'down') assert.deepEqual(await get(remote, 'file'), content);
    else
      await put(remote, 'file', content, content.length).then(() =>
        assert.deepEqual(Buffer.concat(sent), content),
      );
  }
  assert.deepEqual(
    stale.map((packet) => [packet[1], packet[3]]),
    [
      [5, 5],
      [5, 5],
    ],
  );
});
