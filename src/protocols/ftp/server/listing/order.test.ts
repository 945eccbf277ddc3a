import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '#core/entry.ts';
import { maximumEntriesByName, maximumSortedEntries } from '../../wire/limits.ts';
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
  ['without a wish the names are in order, across the batches of the storage', {}, [['a', 'b', 'c', 'd']]],
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

const limits: readonly (readonly [string, Partial<ListOptions>, number])[] = [
  ['by name', {}, maximumEntriesByName],
  ['by size', { order: 'size', reverse: true }, maximumSortedEntries],
];

for (const [name, options, limit] of limits) {
  test(`past the limit ${name} the rest comes as it is stored, and nothing is lost`, async () => {
    const many = Array.from({ length: limit }, (_, index) => entry(`f${limit + index}`, limit - index));
    const ordered = inOrder(batchesOf(many.toReversed(), [entry('a', 1e9)], [entry('b', 1)]), {
      ...defaultListOptions,
      ...options,
    });
    const names = await namesOf(ordered);
    const sorted = options.order === 'size' ? many.toReversed() : many;
    assert.deepEqual(
      names.flat(),
      [...sorted, entry('a'), entry('b')].map((one) => one.name),
    );
    // Other sessions come in between.
    assert.ok(names.every((batch) => batch.length <= 2048));
  });
}
