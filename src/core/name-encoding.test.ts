import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as assertProperty, constantFrom, integer, oneof, property } from 'fast-check';
import { decodeName, encodeName, printableName } from './name-encoding.ts';

test('names of any octets come back as they were', () => {
  const octet = oneof(
    integer({ min: 0, max: 255 }),
    constantFrom(0x80, 0xc0, 0xc3, 0xa9, 0xe2, 0xed, 0xf0, 0xff),
  );
  assertProperty(
    property(array(octet, { maxLength: 24 }), (octets) => {
      const bytes = Buffer.from(octets);
      assert.deepEqual(encodeName(decodeName(bytes)), bytes);
    }),
    { seed: 1, numRuns: 5000 },
  );
});

test('names in UTF-8 are what they say, normalised or not', () => {
  for (const name of ['é', 'e\u0301', '漢字', '😀', 'a\u0000b']) {
    assert.equal(decodeName(Buffer.from(name)), name);
  }
});

test('overlong forms and surrogates in UTF-8 are octets, not characters', () => {
  assert.equal(decodeName(Buffer.from([0xc0, 0xaf])), '\udcc0\udcaf');
  assert.equal(decodeName(Buffer.from([0xed, 0xa0, 0x80])), '\udced\udca0\udc80');
  assert.equal(decodeName(Buffer.from([0x61, 0xff, 0x62])), 'a\udcffb');
});

test('what a person reads has no control characters and shows every octet', () => {
  assert.equal(printableName('a\r\n\u001b[31mb'), String.raw`a\x0d\x0a\x1b[31mb`);
  assert.equal(printableName(decodeName(Buffer.from([0x61, 0xff]))), String.raw`a\xff`);
  assert.equal(printableName('plain é'), 'plain é');
});
