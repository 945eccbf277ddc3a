import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import { BlockDecoder, BlockEncoder } from './block-mode.ts';

interface Decoded {
  readonly data: Buffer;
  readonly markers: readonly string[];
  readonly suspect: boolean;
  readonly rest: Buffer;
}

function decode(chunks: readonly Uint8Array[], records = false): Decoded {
  const decoder = new BlockDecoder({ records });
  const parts: Buffer[] = [];
  const markers: string[] = [];
  let suspect = false;
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.kind === 'marker') markers.push(event.text);
      if (event.kind !== 'data') continue;
      parts.push(Buffer.from(event.bytes));
      suspect ||= event.suspect;
    }
  }
  decoder.finish();
  return { data: Buffer.concat(parts), markers, suspect, rest: Buffer.from(decoder.takeRest()) };
}

function refusal(code: string): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof WherryError && thrown.code === code;
}

test('headers are framed as the specification says', () => {
  const encoder = new BlockEncoder();
  assert.deepEqual(Buffer.from(encoder.transform(Buffer.from('abc'))), Buffer.from('\0\0\x03abc'));
  assert.deepEqual(Buffer.from(encoder.flush()), Buffer.from([64, 0, 0]));
  assert.deepEqual(Buffer.from(encoder.marker('12')), Buffer.from([16, 0, 2, 0x31, 0x32]));
  const records = new BlockEncoder({ records: true });
  assert.deepEqual(
    Buffer.from(records.transform(Buffer.from('a\n\nb'))),
    Buffer.from([128, 0, 1, 0x61, 128, 0, 0, 0, 0, 1, 0x62]),
  );
});

test('any file comes back, with and without records, however it is cut', () => {
  const octet = fc.oneof(fc.constant(0x0a), fc.nat(255));
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 80 }), fc.nat(80), fc.boolean(), (octets, cut, records) => {
      const file = Buffer.from(octets);
      const encoder = new BlockEncoder({ records });
      const parts = [encoder.transform(file.subarray(0, cut)), encoder.marker('m1')];
      const sent = Buffer.concat([...parts, encoder.transform(file.subarray(cut)), encoder.flush()]);
      const expected = { data: file, markers: ['m1'], suspect: false, rest: Buffer.from('next') };
      const followed = Buffer.concat([sent, Buffer.from('next')]);
      assert.deepEqual(decode([followed], records), expected);
      const single = Array.from(sent, (value) => Uint8Array.of(value));
      assert.deepEqual(decode([...single, Buffer.from('next')], records), expected);
    }),
    { seed: 959, numRuns: 1000 },
  );
});

test('more than a block holds is spread over several', () => {
  const file = Buffer.alloc(200_000, 0x61);
  const encoder = new BlockEncoder();
  const sent = Buffer.concat([encoder.transform(file), encoder.flush()]);
  assert.equal(sent.length, file.length + 5 * 3);
  assert.deepEqual(decode([sent]).data, file);
});

test('the last block may carry data, a record end and the end of the file at once', () => {
  const sent = Buffer.from([192, 0, 1, 0x61, 0x7a]);
  assert.deepEqual(decode([sent], true), {
    data: Buffer.from('a\n'),
    markers: [],
    suspect: false,
    rest: Buffer.from('z'),
  });
  assert.equal(decode([Buffer.from([0, 0, 0, 32, 0, 1, 0x61, 64, 0, 0])]).suspect, true);
});

test('a missing end and broken markers are refused', () => {
  for (const octets of [[], [0, 0, 1, 0x61], [64, 0], [64, 0, 1], [128, 0, 0]]) {
    assert.throws(() => decode([Buffer.from(octets)]), refusal('truncated'));
  }
  assert.throws(() => decode([Buffer.from([16, 0, 0])]), refusal('protocol'));
  assert.throws(() => decode([Buffer.from([16, 0, 1, 0x20])]), refusal('protocol'));
  assert.throws(() => decode([Buffer.from([16, 255, 255])]), refusal('protocol'));
  assert.throws(() => new BlockEncoder().marker('a b'), refusal('invalid-argument'));
});
