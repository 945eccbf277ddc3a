import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import {
  parseAllocation,
  parseMode,
  parseRange,
  parseRestart,
  parseStructure,
  parseType,
} from './transfer-parameters.ts';

function refuses(code: string, run: () => unknown): void {
  assert.throws(run, (thrown) => thrown instanceof WherryError && thrown.code === code);
}

test('TYPE', () => {
  const types = { A: 'ascii', 'a n': 'ascii', 'A  T': 'ascii', i: 'image', 'L 8': 'image', 'E N': 'ebcdic' };
  for (const [argument, type] of Object.entries(types)) assert.equal(parseType(argument), type);
  for (const argument of ['L 36', 'A C', 'e c']) refuses('not-supported', () => parseType(argument));
  for (const argument of [null, '', ' ', 'L', 'X', 'A X', 'I N', 'L x', 'constructor']) {
    refuses('invalid-argument', () => parseType(argument));
  }
});

test('STRU and MODE', () => {
  assert.deepEqual([parseStructure('f'), parseStructure(' R ')], ['file', 'record']);
  refuses('not-supported', () => parseStructure('P'));
  for (const argument of [null, 'Q', 'toString']) refuses('invalid-argument', () => parseStructure(argument));
  assert.deepEqual(
    ['S', 'b', 'C', 'z'].map((argument) => parseMode(argument)),
    ['stream', 'block', 'compressed', 'deflate'],
  );
  for (const argument of [null, 'Q', 'S B']) refuses('invalid-argument', () => parseMode(argument));
});

test('ALLO', () => {
  assert.deepEqual(parseAllocation('100'), { size: 100, recordSize: null });
  assert.deepEqual(parseAllocation('100 r 10'), { size: 100, recordSize: 10 });
  for (const argument of [null, 'x', '-1', '1 R', '1 10', '9'.repeat(30)]) {
    refuses('invalid-argument', () => parseAllocation(argument));
  }
});

test('REST and RANG', () => {
  assert.equal(parseRestart('0'), 0);
  assert.equal(parseRestart(' 99999999999 '), 99_999_999_999);
  for (const argument of [null, 'x', '-1', '1.5', '1e3', '9223372036854775808', 'NaN', '+1', '0x10']) {
    refuses('invalid-argument', () => parseRestart(argument));
  }
  assert.deepEqual(parseRange('1 3'), { first: 1, last: 3 });
  assert.deepEqual(parseRange('0 0'), { first: 0, last: 0 });
  assert.equal(parseRange('1 0'), null);
  for (const argument of [null, '5 2', '1', '1 2 3', '-1 2', '0 9223372036854775808']) {
    refuses('invalid-argument', () => parseRange(argument));
  }
});
