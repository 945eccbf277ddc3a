import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileGlob } from './glob.ts';
import { compileName } from './wildcard.ts';

/** Whether a pattern covers a path: fits it, or a directory that it lies in. */
function covers(pattern: string, path: string): boolean {
  const names = path.split('/').filter((name) => name !== '');
  const globs = compileGlob(pattern);
  return Array.from({ length: names.length + 1 }, (_, depth) => names.slice(0, depth)).some((start) =>
    globs.some((glob) => (glob.depth ?? start.length) === start.length && glob.fits({ names: start })),
  );
}

for (const [pattern, path, expected] of [
  ['/', '/', true],
  ['/', '/a/b', true],
  ['/in', '/in', true],
  ['/in', '/in/a/b', true],
  ['/in', '/inn', false],
  ['/in', '/x/in', false],
  ['/in/*', '/in', false],
  ['/in/*', '/in/a/b', true],
  ['/in/**', '/in', false],
  ['/in/**', '/in/a', true],
  ['/in/**', '/in/a/b/c', true],
  ['/**', '/', false],
  ['/*/private', '/anna/private/x', true],
  ['/*/private', '/private', false],
  ['/**/private', '/private', true],
  ['/**/private', '/a/b/private/c', true],
  ['/a/**/b/**/c', '/a/b/c', true],
  ['/a/**/b/**/c', '/a/x/b/y/z/c/below', true],
  ['/a/**/b/**/c', '/a/x/c/b', false],
  ['*.exe', '/deep/down/x.exe', true],
  ['*.exe', '/x.exe.txt', false],
  ['/data/{in,out}/*.{csv,txt}', '/data/out/a.csv', true],
  ['/data/{in,out}/*.{csv,txt}', '/data/other/a.csv', false],
  ['/a?c', '/abc', true],
  ['/a?c', '/a/c', false],
  ['/[a-c]x', '/bx', true],
  ['/[!a-c]x', '/bx', false],
  ['/[]x', '/[]x', true],
  ['/\\*', '/*', true],
  ['/\\*', '/a', false],
  ['/{a', '/{a', true],
  ['/😀?', '/😀😀', true],
] as const) {
  test(`${pattern} ${expected ? 'covers' : 'does not cover'} ${path}`, () => {
    assert.equal(covers(pattern, path), expected);
  });
}

for (const pattern of ['', '/a/../b', '/./a', 'a\0b', 'x'.repeat(1025), `/${'{a,b}'.repeat(7)}`]) {
  test(`${JSON.stringify(pattern.slice(0, 20))} is refused as a pattern`, () => {
    assert.throws(() => compileGlob(pattern), { code: 'invalid-argument' });
  });
}

/** The plain meaning of a pattern, by trying everything. */
function fitsSlowly(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  if (pattern.startsWith('*')) {
    return Array.from({ length: name.length + 1 }, (_, at) => name.slice(at)).some((rest) =>
      fitsSlowly(pattern.slice(1), rest),
    );
  }
  return (
    name !== '' &&
    (pattern[0] === '?' || pattern[0] === name[0]) &&
    fitsSlowly(pattern.slice(1), name.slice(1))
  );
}

test('a name pattern fits what its plain meaning fits', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 });
  fc.assert(
    fc.property(pattern, name, (text, given) => {
      assert.equal(compileName(text)(given), fitsSlowly(text, given));
    }),
    { seed: 5, numRuns: 2000 },
  );
});

test('names that make regular expressions run for years are told in no time', () => {
  const fits = compileName('*a*a*a*a*a*a*a*a*a*a*b');
  assert.equal(fits('a'.repeat(4000)), false);
  assert.equal(covers(`/${'**/a/'.repeat(100)}b`, `/${'a/'.repeat(2000)}`), false);
});
