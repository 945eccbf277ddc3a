import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '#core/entry.ts';
import { maximumSortedEntries } from '../../wire/limits.ts';
import { defaultListOptions, type ListOptions } from '../../wire/list-arguments.ts';
import { inOrder } from './order.ts';

function entry(name: string, size = 0, modifiedAt: number | null = 0): Entry {
  return {
    name,
    type: 'file',
    size,
    modifiedAt,
    modifiedPrecision: 'second',
    accessedAt: null,
    createdAt: null,
    mode: 0o644,
    userId: null,
    groupId: null,
    owner: null,
    group: null,
    links: 1,
    device: null,
    inode: null,
    linkTarget: null,
  };
}

// oxlint-disable-next-line require-await -- stands for a directory, which is read asynchronously
async function* batchesOf(...batches: readonly (readonly Entry[])[]): AsyncGenerator<readonly Entry[]> {
  yield* batches;
}

async function namesOf(batches: AsyncIterable<readonly Entry[]>): Promise<string[][]> {
  const names: string[][] = [];
  for await (const batch of batches) names.push(batch.map(({ name }) => name));
  return names;
}

const directory = [
  [entry('b', 3, 100), entry('a', 3, 300)],
  [entry('d', 9, 200), entry('c', 1, 200)],
];

const rows: readonly (readonly [string, Partial<ListOptions>, readonly (readonly string[])[]])[] = [
  [
    'without a wish batches pass as they come',
    {},
    [
      ['b', 'a'],
      ['d', 'c'],
    ],
  ],
  ['-r turns the names round', { reverse: true }, [['d', 'c', 'b', 'a']]],
  ['-t begins with the newest, equal ones by name', { order: 'time' }, [['a', 'c', 'd', 'b']]],
  ['-S begins with the largest, equal ones by name', { order: 'size' }, [['d', 'a', 'b', 'c']]],
  ['-tr begins with the oldest', { order: 'time', reverse: true }, [['b', 'd', 'c', 'a']]],
];

for (const [name, options, expected] of rows) {
  test(name, async () => {
    const ordered = inOrder(batchesOf(...directory), { ...defaultListOptions, ...options });
    assert.deepEqual(await namesOf(ordered), expected);
  });
}

test('an entry without a time is the oldest', async () => {
  const ordered = inOrder(batchesOf([entry('x', 0, null), entry('y', 0, 5)]), {
    ...defaultListOptions,
    order: 'time',
  });
  assert.deepEqual(await namesOf(ordered), [['y', 'x']]);
});

test('past the limit the rest comes as it is stored, and nothing is lost', async () => {
  const many = Array.from({ length: maximumSortedEntries }, (_, index) => entry(String(index), index));
  const ordered = inOrder(batchesOf(many, [entry('late', 1e9)], [entry('last', 2e9)]), {
    ...defaultListOptions,
    order: 'size',
  });
  const names = await namesOf(ordered);
  assert.deepEqual(
    names.map((batch) => batch.length),
    [maximumSortedEntries, 1, 1],
  );
  assert.equal(names[0]?.[0], String(maximumSortedEntries - 1));
});
