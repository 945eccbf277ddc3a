import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restAfter } from './compute-in-turn.ts';

test('a thread that had the processor to itself goes on at once', () => {
  assert.equal(restAfter(50, 50), 0);
  assert.equal(restAfter(50, 48), 0);
});

test('one that had to wait for it rests until it has had a twelfth of the time', () => {
  assert.equal(restAfter(30, 20), 210);
});

test('time spent waiting for it is rest already', () => {
  assert.equal(restAfter(200, 20), 40);
  assert.equal(restAfter(240, 20), 0);
  assert.equal(restAfter(5000, 20), 0);
});

test('after long work the rest has an end', () => {
  assert.equal(restAfter(1500, 1000), 250);
  assert.equal(restAfter(80, 50), 250);
});

test('work that several processors did was in nobody’s way', () => {
  assert.equal(restAfter(50, 180), 0);
});
