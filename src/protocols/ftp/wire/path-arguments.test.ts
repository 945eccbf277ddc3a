import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import { parsePathList, parseRangedPath, requirePath } from './path-arguments.ts';
import { quotePath } from './reply.ts';
import {
  parseIdleSeconds,
  parseMask,
  parseModeChange,
  parseSite,
  parseTwoPaths,
  readOctal,
} from './site-arguments.ts';
import { parseFactChanges, parseSiteTimes, parseTimedPath, readLegacyTimedPath } from './time-arguments.ts';

function refuses(run: () => unknown, code = 'invalid-argument'): void {
  assert.throws(run, (thrown) => thrown instanceof WherryError && thrown.code === code);
}

const date = Date.UTC(2020, 1, 29, 1, 2, 3);

test('a path is everything, spaces included', () => {
  assert.equal(requirePath(' a '), ' a ');
  for (const argument of [null, '']) refuses(() => requirePath(argument));
});

test('lists of paths', () => {
  assert.deepEqual(parsePathList('"a b" "c""d"  e'), ['a b', 'c"d', 'e']);
  assert.deepEqual(parsePathList('a b, "c,d",e', ','), ['a b', 'c,d', 'e']);
  for (const argument of [null, ' ', '"a', '""', '"a"b']) refuses(() => parsePathList(argument));
  refuses(() => parsePathList('a '.repeat(1000)), 'too-many');
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), (paths) => {
      assert.deepEqual(parsePathList(paths.map((path) => quotePath(path)).join(' ')), paths);
    }),
    { seed: 959 },
  );
});

test('a path with a range, the literal path first', () => {
  assert.deepEqual(parseRangedPath('"a b.bin" 0 100'), [{ path: 'a b.bin', range: { start: 0, end: 100 } }]);
  assert.deepEqual(parseRangedPath('"a ""b"""'), [{ path: 'a "b"', range: null }]);
  assert.deepEqual(parseRangedPath('a b 5 7'), [
    { path: 'a b 5 7', range: null },
    { path: 'a b', range: { start: 5, end: 7 } },
  ]);
  const long = 'x'.repeat(300);
  assert.deepEqual(parseRangedPath(`${long} 5 7`)[1], { path: long, range: { start: 5, end: 7 } });
  assert.deepEqual(parseRangedPath('5 7'), [{ path: '5 7', range: null }]);
  assert.deepEqual(parseRangedPath(' 5 7'), [{ path: ' 5 7', range: null }]);
  assert.deepEqual(parseRangedPath('a 5'), [{ path: 'a 5', range: null }]);
  const bad = [null, '', '"a', '"a"0 1', '"a" 1', '"a" 9 1', 'a 9 1', '"a" x y', '"" 0 1'];
  for (const argument of bad) refuses(() => parseRangedPath(argument));
});

test('a time and a path', () => {
  assert.deepEqual(parseTimedPath('20200229010203 a b'), { timeMs: date, path: 'a b' });
  for (const argument of [null, '20200229010203', '20200229010203 ', '20200230010203 f', 'f']) {
    refuses(() => parseTimedPath(argument));
  }
  assert.deepEqual(readLegacyTimedPath('20200229010203  f'), { timeMs: date, path: ' f' });
  for (const argument of ['f', '20200230010203 f', '20200229010203', '202002290102 f']) {
    assert.equal(readLegacyTimedPath(argument), null);
  }
});

test('facts to set end at the first space, which stands behind a semicolon', () => {
  const { facts, path } = parseFactChanges('Modify=20200229010203;UNIX.mode=0600; a; b');
  assert.deepEqual(
    [...facts],
    [
      ['modify', '20200229010203'],
      ['unix.mode', '0600'],
    ],
  );
  assert.equal(path, 'a; b');
  for (const argument of [null, '', 'a=b c', 'a=b;c', 'a; b', '; b', 'a=b; ', 'a b=c; d']) {
    refuses(() => parseFactChanges(argument));
  }
});

test('both forms of SITE UTIME', () => {
  const modifiedAt = Date.UTC(2020, 1, 29, 1, 2);
  assert.deepEqual(parseSiteTimes('202002290102 a b'), { path: 'a b', modifiedAt, accessedAt: null });
  assert.deepEqual(parseSiteTimes('20200229010203 f').modifiedAt, date);
  const times = '20200101000000 20200229010203 20200101000000 UTC';
  const expected = { modifiedAt: date, accessedAt: Date.UTC(2020, 0, 1) };
  assert.deepEqual(parseSiteTimes(`a b ${times}`), { path: 'a b', ...expected });
  const long = 'x'.repeat(300);
  assert.deepEqual(parseSiteTimes(`${long} ${times}`), { path: long, ...expected });
  const bad = [null, 'f', '20200230000000 f', '202002290102', 'f 20200101000000 x 20200101000000 UTC'];
  for (const argument of [...bad, 'f 20200101000000 20200230000000 20200101000000 UTC']) {
    refuses(() => parseSiteTimes(argument));
  }
});

test('SITE and its small commands', () => {
  assert.deepEqual(parseSite('chmod 640 f'), { verb: 'CHMOD', argument: '640 f' });
  assert.deepEqual(parseSite('HELP'), { verb: 'HELP', argument: null });
  for (const argument of [null, '', ' x']) refuses(() => parseSite(argument));
  assert.deepEqual(parseModeChange('640  f '), { mode: 0o640, path: ' f ' });
  for (const argument of [null, '640', '999 f', '640 ', '77777 f', '-1 f', 'u+x f']) {
    refuses(() => parseModeChange(argument));
  }
  assert.equal(readOctal('04755'), 0o4755);
  assert.equal(parseMask(null), null);
  assert.equal(parseMask('027'), 0o027);
  for (const argument of ['999', '7777', 'x']) refuses(() => parseMask(argument));
  assert.equal(parseIdleSeconds(null), null);
  assert.equal(parseIdleSeconds('600'), 600);
  for (const argument of ['0', '-1', '1.5', 'x', '9999999999']) refuses(() => parseIdleSeconds(argument));
  assert.deepEqual(parseTwoPaths('t l'), { first: 't', second: 'l' });
  assert.deepEqual(parseTwoPaths('"t t" l'), { first: 't t', second: 'l' });
  for (const argument of [null, 't', 'a b c']) refuses(() => parseTwoPaths(argument));
});
