import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WherryError } from '#core/errors.ts';
import { decodeName } from '#core/name-encoding.ts';
import { compileComponent, expandBraces, hasWildcards, parseGlob } from './glob.ts';

/** The same rules written as plainly as possible, exponential in the number of stars. */
function reference(pattern: string, name: string): boolean {
  const [head] = pattern;
  if (head === undefined) return name === '';
  if (head === '*') {
    return reference(pattern.slice(1), name) || (name !== '' && reference(pattern, name.slice(1)));
  }
  return name !== '' && (head === '?' || head === name[0]) && reference(pattern.slice(1), name.slice(1));
}

test('stars and question marks agree with a plain reference', () => {
  const letters = (set: string, maxLength: number): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...set.split('')), { maxLength }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(letters('ab*?', 8), letters('ab', 8), (pattern, name) => {
      assert.equal(compileComponent(pattern).matches(name), reference(pattern, name), `${pattern} ${name}`);
    }),
    { seed: 1123, numRuns: 5000 },
  );
});

test('classes, escapes and unfinished brackets', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[^a-c]x', 'ax', false],
    ['[]a]', ']', true],
    ['[!]a]', ']', false],
    ['[a-]', '-', true],
    ['[\\]]', ']', true],
    ['[z-a]', 'm', false],
    ['a[1].txt', 'a1.txt', true],
    ['a\\[1\\].txt', 'a[1].txt', true],
    ['a[1', 'a[1', true],
    ['[', '[', true],
    ['a\\', 'a\\', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['*', '.hidden', false],
    ['.*', '.hidden', true],
    ['[.]*', '.hidden', false],
    ['?', '😀', true],
    ['[😀-😂]', '😁', true],
    ['*😁', 'ab😁', true],
    ['?', decodeName(Uint8Array.of(0xff)), true],
  ];
  for (const [pattern, name, expected] of cases) {
    assert.equal(compileComponent(pattern).matches(name), expected, `${pattern} ${name}`);
  }
});

test('a component without wildcards is a name', () => {
  assert.equal(compileComponent('a\\[1\\]').literal, 'a[1]');
  assert.equal(compileComponent('a').literal, 'a');
  assert.equal(compileComponent('a*').literal, null);
  assert.equal(hasWildcards('plain name'), false);
  assert.ok(['*', '?', '[a]', '{a,b}', '\\x'].every(hasWildcards));
});

test('any name is found by itself with every special character escaped', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1 }).filter((name) => !name.includes('/')),
      (name) => {
        const escaped = name.replaceAll(/[*?[\]{},\\]/g, '\\$&');
        const [pattern, ...others] = parseGlob(`x/${escaped}`);
        assert.equal(others.length, 0);
        const last = pattern?.components.at(-1);
        if (name !== '.' && name !== '..') assert.equal(last?.literal, name);
      },
    ),
    { seed: 1123, numRuns: 200 },
  );
});

test('braces stand for their parts', () => {
  assert.deepEqual(expandBraces('a{b,c{d,e},}f'), ['abf', 'acdf', 'acef', 'af']);
  assert.deepEqual(expandBraces('{a,b}{c,d}'), ['ac', 'ad', 'bc', 'bd']);
  for (const plain of ['{a}', '{a', 'a}', '{}', '\\{a,b}', 'a,b', '']) {
    assert.deepEqual(expandBraces(plain), [plain]);
  }
  assert.deepEqual(expandBraces('{x{a,b}'), ['{xa', '{xb']);
});

test('paths are parted, and `..` costs nothing', () => {
  const shape = (pattern: string): (string | null)[][] =>
    parseGlob(pattern).map(({ components }) => components.map(({ literal }) => literal));
  assert.deepEqual(shape('/a//./b*/c'), [['a', null, 'c']]);
  assert.equal(parseGlob('/a')[0]?.absolute, true);
  assert.deepEqual(shape('*/../*/../x'), [['x']]);
  assert.deepEqual(shape('/../../a'), [['a']]);
  assert.deepEqual(shape('../../a/../*'), [['..', '..', null]]);
  assert.deepEqual(shape('/a/\\.\\./\\./b'), [['b']]);
});

test('hostile patterns are answered at once', () => {
  const star = parseGlob('*'.repeat(10_000))[0]?.components[0];
  assert.equal(star?.matches('a'.repeat(255)), true);
  const slow = compileComponent(`${'a*'.repeat(200)}b`);
  for (let index = 0; index < 1000; index += 1) assert.equal(slow.matches('a'.repeat(255)), false);
  const refused = (thrown: unknown): boolean =>
    thrown instanceof WherryError && thrown.code === 'invalid-argument';
  assert.equal(parseGlob('*/*/*/*/../*').length, 1);
  for (const pattern of ['*/'.repeat(50), '{a,b}'.repeat(20), '{,}'.repeat(400), 'x'.repeat(9000)]) {
    assert.throws(() => parseGlob(pattern), refused, pattern.slice(0, 20));
  }
  assert.equal(parseGlob('{'.repeat(1000)).length, 1);
  assert.equal(parseGlob('['.repeat(1000)).length, 1);
  assert.equal(parseGlob('a/../'.repeat(200)).length, 1);
});
