import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDate, readFuture, readPast } from './read-moment.ts';

const dates: Readonly<Record<string, number | null>> = {
  '2030-12-31': Date.UTC(2030, 11, 31),
  '2030-12-31T18:00Z': Date.UTC(2030, 11, 31, 18),
  '2030-12-31T18:00:30+01:00': Date.UTC(2030, 11, 31, 17, 0, 30),
  '2028-02-29': Date.UTC(2028, 1, 29),
  '2030-02-29': null,
  '2030-02-31': null,
  '2030-13-01': null,
  '90': null,
  '31.12.2030': null,
  tomorrow: null,
  '': null,
};
for (const [text, time] of Object.entries(dates)) {
  test(`"${text}" is ${time === null ? 'no date' : 'a date'}`, () => {
    assert.equal(readDate(text), time);
  });
}

test('a time is counted from now, forwards or backwards', () => {
  const before = Date.now();
  const future = readFuture('90d') ?? 0;
  const past = readPast('2h') ?? 0;
  assert.ok(future - before >= 90 * 86_400_000 && future - Date.now() <= 90 * 86_400_000);
  assert.ok(before - past <= 7_200_000 && Date.now() - past >= 7_200_000);
  assert.deepEqual([readFuture('ever'), readPast('yesterday')], [null, null]);
});
