import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FrameReader } from './frame-reader.ts';

function frameOf(content: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

test('packets come out whole however the stream is cut', () => {
  const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(contents, cuts, (packets, lengths) => {
      const stream = Buffer.concat(packets.map(frameOf));
      const reader = new FrameReader(1000);
      const read: Buffer[] = [];
      for (let position = 0, index = 0; position < stream.length; index += 1) {
        const length = lengths[index % lengths.length] ?? 1;
        reader.push(stream.subarray(position, position + length));
        for (let frame = reader.next(); frame !== null; frame = reader.next()) {
          read.push(Buffer.from(frame.bytes));
          frame.release();
        }
        position += length;
      }
      assert.deepEqual(
        read.map((bytes) => bytes.toString('hex')),
        packets.map((bytes) => Buffer.from(bytes).toString('hex')),
      );
      assert.equal(reader.incomplete, false);
    }),
    { seed: 1 },
  );
});

test('a length of 0, or beyond the maximum, is refused before anything is allocated', () => {
  for (const length of [0, 1001, 0xffff_ffff]) {
    const reader = new FrameReader(1000);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);
    reader.push(header);
    assert.throws(() => reader.next(), { code: 'protocol' });
  }
});

test('a chunk is given back with the last packet that lies in it', () => {
  const given: Buffer[] = [];
  const reader = new FrameReader(1000, (chunk) => given.push(chunk));
  const packet = frameOf(Buffer.alloc(300, 'a'));
  const chunks = [
    Buffer.concat([packet, packet, packet.subarray(0, 100)]),
    packet.subarray(100),
    Buffer.concat([packet, packet.subarray(0, 2)]),
  ] as const;
  reader.push(chunks[0]);
  const [first, second] = [reader.next(), reader.next()];
  first?.release();
  assert.equal(reader.next(), null);
  assert.deepEqual(given, []);
  second?.release();
  assert.deepEqual(given, [chunks[0]]);
  // Of this one nothing is kept but copies.
  reader.push(chunks[1]);
  const split = reader.next();
  assert.equal(reader.next(), null);
  assert.deepEqual(given, chunks.slice(0, 2));
  split?.release();
  reader.push(chunks[2]);
  const third = reader.next();
  third?.release();
  assert.deepEqual(given, chunks.slice(0, 2));
  assert.equal(reader.next(), null);
  assert.deepEqual(given, chunks);
});
