import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { distanceFrom, wireNumber } from './block-numbers.ts';

for (const rollover of [0, 1] as const) {
  test(`with rollover ${rollover} a window after any block is told from its numbers alone`, () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 4096 }), (reference, ahead) => {
        const wire = wireNumber(reference + ahead, rollover);
        assert.ok(wire >= 0 && wire <= 0xffff);
        assert.equal(distanceFrom(reference, wire, rollover), ahead);
      }),
      {
        seed: 14,
        examples: [
          [65_534, 3],
          [65_535, 1],
          [65_536, 1],
          [0, 0],
          [131_070, 2],
          [131_071, 1],
        ],
      },
    );
  });

  test(`with rollover ${rollover} a block before the reference is far ahead, never near`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5000, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 4096 }),
        (reference, behind) => {
          assert.ok(distanceFrom(reference, wireNumber(reference - behind, rollover), rollover) > 4096);
        },
      ),
      { seed: 14 },
    );
  });
}

test('the numbers after 65535', () => {
  assert.deepEqual(
    [65_535, 65_536, 65_537].map((count) => wireNumber(count, 0)),
    [65_535, 0, 1],
  );
  assert.deepEqual(
    [65_535, 65_536, 65_537].map((count) => wireNumber(count, 1)),
    [65_535, 1, 2],
  );
  assert.deepEqual(
    [131_070, 131_071].map((count) => wireNumber(count, 1)),
    [65_535, 1],
  );
});
