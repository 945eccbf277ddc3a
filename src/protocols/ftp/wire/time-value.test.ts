import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import { formatTimeValue, parseTimeValue, readShortTimeValue, readTimeValue } from './time-value.ts';

test('times are written as Date writes them', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        const digits = date.toISOString().replaceAll(/[-:TZ]/g, '');
        assert.equal(formatTimeValue(date.getTime()), digits.slice(0, 14));
        assert.equal(formatTimeValue(date.getTime(), true), digits.replace(/\.000$/, ''));
        assert.equal(readTimeValue(digits), date.getTime());
      },
    ),
    { seed: 3659, numRuns: 2000 },
  );
});

test('times that four digits cannot say are brought to the nearest that they can', () => {
  assert.equal(formatTimeValue(Number.MAX_SAFE_INTEGER), '99991231235959');
  assert.equal(formatTimeValue(-Infinity), '00000101000000');
  assert.equal(formatTimeValue(Number.NaN), '00000101000000');
  assert.equal(formatTimeValue(-1, true), '19691231235959.999');
  assert.equal(formatTimeValue(1.75), '19700101000000');
});

test('only dates that exist are read', () => {
  assert.equal(readTimeValue('20200229010203'), Date.UTC(2020, 1, 29, 1, 2, 3));
  assert.equal(readTimeValue('20000229000000'), Date.UTC(2000, 1, 29));
  assert.equal(readTimeValue('20200101000000.5'), Date.UTC(2020, 0, 1) + 500);
  assert.equal(readTimeValue('20161231235960'), Date.UTC(2017, 0, 1));
  const bad = ['20190229000000', '19000229000000', '20200230000000', '20200001000000', '20201301000000'];
  bad.push('20200100000000', '20200101240000', '20200101006000', '20200101000061', '2020010100000', '');
  bad.push('202001010000000', '20200101000000.', '20200101000000 ', '+2020010100000', '202001010000');
  for (const text of bad) assert.equal(readTimeValue(text), null, text);
  assert.throws(
    () => parseTimeValue('20190229000000'),
    (thrown) => thrown instanceof WherryError && thrown.code === 'invalid-argument',
  );
});

test('SITE UTIME may leave the seconds out', () => {
  assert.equal(readShortTimeValue('202001020304'), Date.UTC(2020, 0, 2, 3, 4));
  assert.equal(readShortTimeValue('20200102030405'), Date.UTC(2020, 0, 2, 3, 4, 5));
  assert.equal(readShortTimeValue('202001020304.5'), null);
  assert.equal(readShortTimeValue('2020010203'), null);
});
