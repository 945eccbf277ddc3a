import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restAfter } from './compute-in-turn.ts';

test('a thread that had the processor to itself goes on at once', () => {
  assert.equal(restAfter(50, 50), 0);
  assert.equal(restAfter(50, 48), 0);
});

test('one that had to wait for it rests for twice as long as it had one', () => {
  assert.equal(restAfter(80, 50), 100);
});

test('after long work, and where there is hardly any time, the rest has an end', () => {
  assert.equal(restAfter(1500, 1000), 200);
  assert.equal(restAfter(5000, 50), 100);
});

test('work that several processors did was in nobody’s way', () => {
  assert.equal(restAfter(50, 180), 0);
});
