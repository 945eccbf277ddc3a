import type { Entry } from '#core/entry.ts';
import { maximumSortedEntries } from '../../wire/limits.ts';
import type { ListOptions } from '../../wire/list-arguments.ts';

/** Whether the options ask for an order that the storage does not give by itself. */
export function needsSorting({ order, reverse }: ListOptions): boolean {
  return order !== 'name' || reverse;
}

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

/**
 * The batches of a directory in the order that is asked for. Without a wish they pass through as they come, so
 * that a listing of any size is told while it is read.
 */
export async function* inOrder(
  batches: AsyncIterable<readonly Entry[]>,
  options: ListOptions,
): AsyncGenerator<readonly Entry[]> {
  if (!needsSorting(options)) {
    yield* batches;
    return;
  }
  let gathered: Entry[] | null = [];
  for await (const batch of batches) {
    if (gathered === null) {
      yield batch;
      continue;
    }
    for (const entry of batch) gathered.push(entry);
    if (gathered.length < maximumSortedEntries) continue;
    yield sortEntries(gathered, options);
    gathered = null;
  }
  if (gathered !== null) yield sortEntries(gathered, options);
}
