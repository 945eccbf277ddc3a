import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Retransmission } from './retransmission.ts';

const times = { initialMs: 1000, minimumMs: 200, maximumMs: 8000, retries: 5 };
const even = (): number => 0.5;

test('L04 the waits double up to the longest, and end', () => {
  const retransmission = new Retransmission(times, even);
  retransmission.sent(0);
  const at: number[] = [retransmission.deadlineMs];
  while (retransmission.tryAgain(at.at(-1) ?? 0)) at.push(retransmission.deadlineMs);
  assert.deepEqual(
    at.map((moment, index) => moment - (at[index - 1] ?? 0)),
    [1000, 2000, 4000, 8000, 8000, 8000],
  );
});

test('patience ends all tries, also the wait that is under way', () => {
  const retransmission = new Retransmission({ ...times, patienceMs: 2500 }, even);
  retransmission.sent(0);
  assert.equal(retransmission.tryAgain(1000), true);
  assert.equal(retransmission.deadlineMs, 2500);
  assert.equal(retransmission.tryAgain(2500), false);
  retransmission.answered(2400);
  retransmission.sent(2400);
  assert.equal(retransmission.tryAgain(3400), true);
  assert.equal(retransmission.deadlineMs, 4900);
});

test('chance moves a wait by a tenth at most', () => {
  for (const [chance, expected] of [
    [0, 1800],
    [1, 2200],
  ] as const) {
    const retransmission = new Retransmission(times, () => chance);
    retransmission.sent(0);
    retransmission.tryAgain(1000);
    assert.equal(Math.round(retransmission.deadlineMs - 1000), expected);
  }
});

test('the wait follows what was measured, but not answers to what was sent twice', () => {
  const retransmission = new Retransmission(times, even);
  retransmission.sent(0);
  retransmission.answered(100);
  retransmission.sent(1000);
  assert.equal(retransmission.deadlineMs, 1300);
  retransmission.tryAgain(1300);
  retransmission.answered(9000);
  retransmission.sent(10_000);
  assert.equal(retransmission.deadlineMs, 10_300);
  for (let round = 0; round < 50; round += 1) {
    retransmission.sent(0);
    retransmission.answered(1);
  }
  retransmission.sent(0);
  assert.equal(retransmission.deadlineMs, 200);
});

test('an answer gives all tries back, and nothing is expected after it', () => {
  const retransmission = new Retransmission(times, even);
  for (let round = 0; round < 3; round += 1) {
    retransmission.sent(0);
    for (let count = 0; count < times.retries; count += 1) assert.ok(retransmission.tryAgain(0));
    assert.ok(!retransmission.tryAgain(0));
    retransmission.answered(0);
    assert.equal(retransmission.deadlineMs, Number.POSITIVE_INFINITY);
  }
});

test('an agreed interval is the first wait and the shortest', () => {
  const retransmission = new Retransmission(times, even);
  retransmission.agree(3000);
  retransmission.sent(0);
  assert.equal(retransmission.deadlineMs, 3000);
  retransmission.answered(1);
  retransmission.sent(10);
  assert.equal(retransmission.deadlineMs, 3010);
});
