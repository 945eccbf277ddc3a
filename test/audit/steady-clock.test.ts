import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cautiousClock, steadyClock } from '#server/audit/steady-clock.ts';

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

test('a clock that is far ahead at the start makes nothing old for a day', () => {
  const [newest, day] = [1_000_000, 86_400_000];
  const clock = { wall: newest + 400 * day, monotonic: 500 };
  const now = cautiousClock(
    newest,
    () => clock.wall,
    () => clock.monotonic,
  );
  assert.equal(now(), newest);
  clock.monotonic += 2000;
  assert.equal(now(), newest + 2000);
  clock.wall = newest + 1000;
  assert.equal(now(), newest + 1000, 'set right, it is believed');
  clock.wall = newest + 400 * day;
  clock.monotonic += day;
  assert.equal(now(), newest + 400 * day, 'after a day it is taken for right');
  const first = cautiousClock(
    null,
    () => clock.wall,
    () => clock.monotonic,
  );
  assert.equal(first(), clock.wall);
});
