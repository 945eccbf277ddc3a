import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { NetasciiDecoder, NetasciiEncoder } from './netascii.ts';

const text = fc
  .array(fc.constantFrom(0x0d, 0x0a, 0, 0x61, 0xe9), { maxLength: 60 })
  .map((octets) => Uint8Array.from(octets));
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 });

function through(
  codec: { transform(chunk: Uint8Array): Uint8Array; finish(): Uint8Array },
  octets: Uint8Array,
  lengths: readonly number[],
): Buffer {
  const parts: Buffer[] = [];
  let position = 0;
  for (const length of [...lengths, octets.length]) {
    parts.push(Buffer.from(codec.transform(octets.subarray(position, position + length))));
    position += length;
  }
  parts.push(Buffer.from(codec.finish()));
  return Buffer.concat(parts);
}

test('any text comes back as it was, wherever either way is cut', () => {
  fc.assert(
    fc.property(text, cuts, cuts, (octets, there, back) => {
      const wire = through(new NetasciiEncoder(), octets, there);
      assert.deepEqual(new Uint8Array(through(new NetasciiDecoder(), wire, back)), octets);
      assert.doesNotMatch(wire.toString('latin1'), /\r[^\n\0]|\r$|(?<!\r)\n/u);
    }),
    { seed: 1350 },
  );
});

test('a CR that netascii does not allow stays', () => {
  const wire = Buffer.from('a\rb\r\r\nc\r');
  assert.equal(through(new NetasciiDecoder(), wire, [2, 2]).toString(), 'a\rb\r\nc\r');
});
