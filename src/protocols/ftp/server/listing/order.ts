import type { Entry } from '#core/entry.ts';
import { maximumEntriesByName, maximumSortedEntries } from '../../wire/limits.ts';
import type { ListOptions } from '../../wire/list-arguments.ts';
import { giveWay } from './give-way.ts';

/** Sorts as `ls` does: newest or largest first, names by their characters; `reverse` turns it round. */
export function sortEntries(entries: Entry[], { order, reverse }: ListOptions): Entry[] {
  const direction = reverse ? -1 : 1;
  return entries.sort((left, right) => direction * (orders[order](left, right) || compareNames(left, right)));
}

type Comparison = (left: Entry, right: Entry) => number;

const orders: Readonly<Record<ListOptions['order'], Comparison>> = {
  name: compareNames,
  time: (left, right) => (right.modifiedAt ?? 0) - (left.modifiedAt ?? 0),
  size: (left, right) => (right.size ?? 0) - (left.size ?? 0),
};

function compareNames(left: Entry, right: Entry): number {
  if (left.name === right.name) return 0;
  return left.name < right.name ? -1 : 1;
}

/** Sorted entries that are handed on at once: about a millisecond of work between two turns of the event loop. */
const portionEntries = 2048;

/**
 * The batches of a directory in the order that is asked for, by name without a wish. Nothing can be told before all
 * is read that is sorted; what lies beyond the limit comes in the order in which it is stored.
 */
export async function* inOrder(
  batches: AsyncIterable<readonly Entry[]>,
  options: ListOptions,
): AsyncGenerator<readonly Entry[]> {
  const limit = options.order === 'name' && !options.reverse ? maximumEntriesByName : maximumSortedEntries;
  let gathered: Entry[] | null = [];
  for await (const batch of batches) {
    if (gathered === null) {
      yield batch;
      continue;
    }
    for (const entry of batch) gathered.push(entry);
    if (gathered.length < limit) continue;
    yield* inPortions(sortEntries(gathered, options));
    gathered = null;
  }
  if (gathered !== null) yield* inPortions(sortEntries(gathered, options));
}

async function* inPortions(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  for (let start = 0; start < entries.length; start += portionEntries) {
    if (start > 0) await giveWay();
    yield entries.length <= portionEntries ? entries : entries.slice(start, start + portionEntries);
  }
}
