import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steadyClock } from '#server/audit/steady-clock.ts';

test('a clock that is put forward makes nothing old, and one that is put back keeps things for longer', () => {
  const clock = { wall: 1_000_000, monotonic: 500 };
  const now = steadyClock(
    () => clock.wall,
    () => clock.monotonic,
  );
  assert.equal(now(), 1_000_000);
  clock.monotonic += 2000;
  clock.wall += 2000;
  assert.equal(now(), 1_002_000);
  clock.wall += 400 * 86_400_000;
  assert.equal(now(), 1_002_000, 'a year is not over because somebody says so');
  clock.monotonic += 1000;
  assert.equal(now(), 1_003_000);
  clock.wall = 900_000;
  assert.equal(now(), 900_000);
});
