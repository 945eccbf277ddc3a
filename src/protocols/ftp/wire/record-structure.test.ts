import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import { RecordDecoder, RecordEncoder } from './record-structure.ts';

function encode(chunks: readonly Uint8Array[]): Buffer {
  const encoder = new RecordEncoder();
  return Buffer.concat([...chunks.map((chunk) => encoder.transform(chunk)), encoder.flush()]);
}

function decode(chunks: readonly Uint8Array[]): Buffer {
  const decoder = new RecordDecoder();
  return Buffer.concat([...chunks.map((chunk) => decoder.transform(chunk)), decoder.flush()]);
}

function refusal(code: string): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof WherryError && thrown.code === code;
}

test('lines become records and 0xFF is doubled', () => {
  assert.deepEqual(
    encode([Buffer.from('a\n\n\xff', 'latin1')]),
    Buffer.from('a\xff\x01\xff\x01\xff\xff\xff\x02', 'latin1'),
  );
});

test('both ways to end a file are read', () => {
  assert.equal(decode([Buffer.from('a\xff\x01b\xff\x03', 'latin1')]).toString(), 'a\nb\n');
  assert.equal(decode([Buffer.from('a\xff\x01\xff\x02', 'latin1')]).toString(), 'a\n');
});

test('any file comes back, however it is cut', () => {
  const octet = fc.oneof(fc.constantFrom(0xff, 0x0a, 1, 2, 3), fc.nat(255));
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 60 }), fc.nat(60), (octets, cut) => {
      const file = Buffer.from(octets);
      const sent = encode([file.subarray(0, cut), file.subarray(cut)]);
      assert.deepEqual(decode([sent.subarray(0, cut), sent.subarray(cut)]), file);
      assert.deepEqual(decode(Array.from(sent, (value) => Uint8Array.of(value))), file);
    }),
    { seed: 959, numRuns: 1000 },
  );
});

test('an end that is missing, data after it and unknown escapes are refused', () => {
  for (const text of ['', 'a', 'a\xff\x01', 'a\xff']) {
    assert.throws(() => decode([Buffer.from(text, 'latin1')]), refusal('truncated'));
  }
  assert.throws(() => decode([Buffer.from('\xff\x02x', 'latin1')]), refusal('protocol'));
  assert.throws(() => decode([Buffer.from('\xff\x03', 'latin1'), Buffer.from('x')]), refusal('protocol'));
  assert.throws(() => decode([Buffer.from('\xff\x04', 'latin1')]), refusal('protocol'));
});
