import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { displayName, namePartsOf } from '../../web/src/model/display-name.ts';
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatMode,
  formatOctal,
} from '../../web/src/model/format.ts';
import { compareKeys, naturalKey } from '../../web/src/model/natural-order.ts';
import { join, relativeMove, resolve } from '../../web/src/model/paths.ts';
import { mergeInSlices, restBetweenSlices, sortInSlices } from '../../web/src/model/sort-in-slices.ts';

const seed = { seed: 20_261_121, numRuns: 500 };
/** Controls and marks of direction: what must be on show nowhere. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const deceptive = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const numbers = (one: number, other: number): number => one - other;

function ordered(names: readonly string[]): string[] {
  return names.toSorted((one, other) => compareKeys(naturalKey(one), naturalKey(other)));
}

test('names sort as people count and regardless of case and accents', () => {
  assert.deepEqual(ordered(['photo-10', 'Photo-2', 'photo-1']), ['photo-1', 'Photo-2', 'photo-10']);
  assert.deepEqual(ordered(['zebra', 'Äpfel', 'apfel 2', 'Banane']), ['Äpfel', 'apfel 2', 'Banane', 'zebra']);
  assert.deepEqual(ordered(['v1.10.0', 'v1.9.12', 'v1.9.2']), ['v1.9.2', 'v1.9.12', 'v1.10.0']);
});

test('numbers of any length sort by their value', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(999_999_999)), (values) => {
      const names = values.map((value) => `file ${value}.txt`);
      const expected = values.toSorted(numbers).map((value) => `file ${value}.txt`);
      assert.deepEqual(ordered(names), expected);
    }),
    seed,
  );
});

test('sorting in slices is sorting, and keeps the order of equals', async () => {
  const items = Array.from({ length: 20_000 }, (_, index) => ({ index, key: (index * 7919) % 97 }));
  const sorted = await sortInSlices(items, (one, other) => one.key - other.key, new AbortController().signal);
  assert.deepEqual(
    sorted,
    items.toSorted((one, other) => one.key - other.key),
  );
});

test('sorting in slices ends early when it is stopped', async () => {
  const stopped = AbortSignal.abort();
  assert.equal(await sortInSlices([3, 2, 1], numbers, stopped), null);
});

test('merging two sorted lists is sorting both', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer()), fc.array(fc.integer()), async (one, other) => {
      const rest = restBetweenSlices();
      const merged = await mergeInSlices(one.toSorted(numbers), other.toSorted(numbers), numbers, rest);
      assert.deepEqual(merged, [...one, ...other].toSorted(numbers));
    }),
    seed,
  );
});

test('nothing that a name holds can turn the writing direction, break a line or be invisible', () => {
  assert.equal(displayName('a\u202Eb'), 'a\\u202eb');
  assert.equal(displayName('a\nb\u0000'), 'a\\x0ab\\x00');
  assert.equal(displayName('latin1-\udce9'), 'latin1-\\xe9');
  assert.equal(displayName('plain ünïcode 日本.txt'), 'plain ünïcode 日本.txt');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      assert.doesNotMatch(displayName(name), deceptive);
      assert.ok(displayName(name).isWellFormed());
      const plain = namePartsOf(name).filter(({ escaped }) => !escaped);
      assert.ok(plain.every(({ text }) => name.includes(text)));
    }),
    seed,
  );
});

test('paths resolve and never leave the root', () => {
  assert.equal(resolve('/a/b', '../c'), '/a/c');
  assert.equal(resolve('/a', '../../../etc'), '/etc');
  assert.equal(resolve('/a', '/x//y/./z/'), '/x/y/z');
});

test('a move repeated elsewhere leads to the same place from the same place', () => {
  const segment = fc.stringMatching(/^[a-c]{1,2}$/u);
  const path = fc.array(segment, { maxLength: 5 }).map((parts) => parts.reduce(join, '/'));
  fc.assert(
    fc.property(path, path, (from, to) => {
      assert.equal(resolve(from, relativeMove(from, to) || '.'), to);
    }),
    seed,
  );
});

test('sizes, times and modes are written as people know them', () => {
  assert.deepEqual([0, 999, 1000, 1024, 1_288_490_188].map(formatBytes), [
    '0 B',
    '999 B',
    '0.98 KB',
    '1.00 KB',
    '1.20 GB',
  ]);
  assert.deepEqual([0, 61, 3723, 172_800, Infinity].map(formatDuration), [
    '0:00',
    '1:01',
    '1:02:03',
    '2 days',
    '–',
  ]);
  assert.deepEqual([0o755, 0o4755, 0o1777, 0o2644].map(formatMode), [
    'rwxr-xr-x',
    'rwsr-xr-x',
    'rwxrwxrwt',
    'rw-r-Sr--',
  ]);
  assert.deepEqual([0o644, 0o4755].map(formatOctal), ['644', '4755']);
});

test('a time of the day is of one width wherever the browser stands', () => {
  assert.match(formatClock(new Date(2026, 10, 21, 22, 4, 5).getTime()), /^22:04:05$/u);
});
