import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockProblem, earliestPlausibleMs, KnownTime } from './known-time.ts';

const hour = 3_600_000;
const right = Date.UTC(2026, 5, 1);

/** A clock that can be set, and one that only goes on. */
function clocks(wall: number) {
  const state = { wall, monotonic: 5000 };
  const time = new KnownTime(
    () => state.wall,
    () => state.monotonic,
  );
  const pass = (ms: number): void => {
    state.wall += ms;
    state.monotonic += ms;
  };
  return { state, time, pass };
}

test('a clock that is right is believed', () => {
  const { time } = clocks(right);
  time.note(right - hour);
  assert.equal(time.forExpiry(), right);
  assert.equal(time.forRecords(), right);
  assert.equal(time.lagMs(), 0);
  assert.equal(clockProblem(time), null);
});

test('a clock that begins in 1970 brings nothing expired back, and records keep their order', () => {
  const { time, pass } = clocks(hour);
  time.note(right);
  assert.equal(time.forExpiry(), right);
  assert.equal(time.forRecords(), right);
  pass(hour);
  assert.equal(time.forExpiry(), right + hour);
  assert.equal(time.forRecords(), right + hour);
  assert.match(
    clockProblem(time)?.reason ?? '',
    /says 1970-01-01T02:00:00Z, but it was 2026-06-01T01:00:00Z/u,
  );
});

test('without anything written down it is noticed all the same', () => {
  const { time } = clocks(0);
  assert.equal(time.forExpiry(), earliestPlausibleMs);
  assert.notEqual(clockProblem(time), null);
});

test('where the last record may be the wrong one, new ones tell what the clock says', () => {
  const { time } = clocks(right);
  time.note(right + 24 * hour);
  assert.equal(time.forExpiry(), right + 24 * hour);
  assert.equal(time.forRecords(), right);
  assert.notEqual(clockProblem(time), null);
});

test('once the clock is set right it is believed again', () => {
  const { state, time } = clocks(0);
  time.note(right);
  state.wall = right + 2 * hour;
  assert.equal(time.forExpiry(), right + 2 * hour);
  assert.equal(clockProblem(time), null);
});

test('a clock that a time server is setting is nobody’s concern', () => {
  const { time } = clocks(right);
  time.note(right + 60_000);
  assert.equal(clockProblem(time), null);
});
