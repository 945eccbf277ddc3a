import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultListOptions, parseListArgument, type ListOptions } from './list-arguments.ts';

function options(changed: Partial<ListOptions>): ListOptions {
  return { ...defaultListOptions, ...changed };
}

test('no argument is the current directory', () => {
  for (const argument of [null, '', '  ']) {
    assert.deepEqual(parseListArgument(argument), { options: defaultListOptions, path: null, literal: null });
  }
});

test('options come first, the path is the rest', () => {
  assert.deepEqual(parseListArgument('-la dir with space'), {
    options: options({ long: true, all: true }),
    path: 'dir with space',
    literal: '-la dir with space',
  });
  assert.deepEqual(parseListArgument('-l -aR'), {
    options: options({ long: true, all: true, recursive: true }),
    path: null,
    literal: '-l -aR',
  });
  assert.deepEqual(parseListArgument('-a  x ').path, ' x ');
  assert.deepEqual(parseListArgument('dir -a').path, 'dir -a');
  assert.deepEqual(parseListArgument('dir -a').options, defaultListOptions);
});

test('every letter means something, unknown ones nothing', () => {
  const all = options({
    all: true,
    hidden: true,
    long: true,
    recursive: true,
    followLinks: true,
    directoryItself: true,
    classify: true,
    numericOwners: true,
    humanSizes: true,
    order: 'size',
    reverse: true,
  });
  assert.deepEqual(parseListArgument('-aAlLRrtdF1nhS').options, all);
  assert.deepEqual(parseListArgument('-St').options, options({ order: 'time' }));
  assert.deepEqual(parseListArgument('-XYZ*_').options, defaultListOptions);
});

test('two hyphens end the options', () => {
  assert.deepEqual(parseListArgument('-a -- -x'), {
    options: options({ all: true }),
    path: '-x',
    literal: null,
  });
  assert.equal(parseListArgument('-- ').path, null);
  assert.equal(parseListArgument('--').path, null);
  assert.equal(parseListArgument('./-x').path, './-x');
  assert.equal(parseListArgument('-').path, '-');
});
