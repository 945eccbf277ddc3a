import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneAhead } from './one-ahead.ts';

test('everything comes in order, one value before it is wanted', async () => {
  const asked: number[] = [];
  // oxlint-disable-next-line require-await -- a source may answer at once
  async function* source(): AsyncGenerator<number> {
    for (let value = 1; value <= 3; value += 1) {
      asked.push(value);
      yield value;
    }
  }
  const seen: [number, number][] = [];
  for await (const value of oneAhead(source())) seen.push([value, asked.at(-1) ?? 0]);
  assert.deepEqual(seen, [
    [1, 2],
    [2, 3],
    [3, 3],
  ]);
});

test('a failure comes behind what was read before it', async () => {
  // oxlint-disable-next-line require-await -- a source may answer at once
  async function* source(): AsyncGenerator<number> {
    yield 1;
    throw new Error('the disk is gone');
  }
  const values = oneAhead(source());
  assert.equal((await values.next()).value, 1);
  await assert.rejects(values.next(), /the disk is gone/);
});

test('a reader that stops early ends the source, also when the value ahead would have failed', async () => {
  let ended = false;
  // oxlint-disable-next-line require-await -- a source may answer at once
  async function* source(): AsyncGenerator<number> {
    try {
      yield 1;
      throw new Error('nobody hears of this');
    } finally {
      ended = true;
    }
  }
  for await (const value of oneAhead(source())) {
    assert.equal(value, 1);
    break;
  }
  assert.equal(ended, true);
});
