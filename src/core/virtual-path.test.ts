import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as assertProperty, constantFrom, property } from 'fast-check';
import {
  isWithin,
  joinName,
  maximumPathLength,
  nameOf,
  parentOf,
  pathSegments,
  resolveVirtualPath,
  rootPath,
} from './virtual-path.ts';

const cases: readonly (readonly [base: string, input: string, result: string])[] = [
  ['/', '', '/'],
  ['/', 'a', '/a'],
  ['/a', 'b', '/a/b'],
  ['/a', '/b', '/b'],
  ['/a/b', '..', '/a'],
  ['/a', '../../../etc/passwd', '/etc/passwd'],
  ['/', '/a//../..', '/'],
  ['/a', './b/./', '/a/b'],
  ['/', String.raw`..\..\etc`, String.raw`/..\..\etc`],
  ['/', 'C:/x', '/C:/x'],
  ['/', '%2e%2e/x', '/%2e%2e/x'],
  ['/', '...', '/...'],
  ['/', '..a', '/..a'],
  ['/', ' two  spaces ', '/ two  spaces '],
];

for (const [base, input, result] of cases) {
  test(`${JSON.stringify(input)} seen from ${base} is ${JSON.stringify(result)}`, () => {
    assert.equal(resolveVirtualPath(resolveVirtualPath(rootPath, base), input), result);
  });
}

test('NUL and endless paths are refused', () => {
  assert.throws(() => resolveVirtualPath(rootPath, 'a\0b'), { code: 'name-invalid' });
  assert.throws(() => resolveVirtualPath(rootPath, '\0'), { code: 'name-invalid' });
  assert.throws(() => resolveVirtualPath(rootPath, 'x'.repeat(maximumPathLength)), { code: 'name-too-long' });
  assert.throws(() => resolveVirtualPath(rootPath, '../'.repeat(maximumPathLength)), {
    code: 'name-too-long',
  });
});

const pieces = array(constantFrom('..', '.', '', 'a', 'b c', '..c', '/', '\\', 'é'), { maxLength: 12 });

test('whatever is asked for, the path is canonical and stays below the root', () => {
  assertProperty(
    property(pieces, pieces, (base, input) => {
      const path = resolveVirtualPath(resolveVirtualPath(rootPath, base.join('/')), input.join('/'));
      assert.ok(path.startsWith('/'));
      assert.ok(path === '/' || !path.endsWith('/'));
      assert.ok(pathSegments(path).every((segment) => segment !== '' && segment !== '.' && segment !== '..'));
      assert.equal(resolveVirtualPath(rootPath, path), path);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test('a name and its parent make the path again', () => {
  for (const text of ['/a', '/a/b', '/a b/c']) {
    const path = resolveVirtualPath(rootPath, text);
    assert.equal(joinName(parentOf(path), nameOf(path)), path);
    assert.ok(isWithin(path, parentOf(path)));
  }
  assert.equal(parentOf(rootPath), rootPath);
  const sibling = resolveVirtualPath(rootPath, '/ab');
  assert.equal(isWithin(sibling, resolveVirtualPath(rootPath, '/a')), false);
});
