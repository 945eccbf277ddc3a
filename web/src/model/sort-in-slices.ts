/** How long one task may take, a third of what is felt as a pause. */
const sliceMs = 16;
const runLength = 2048;

/** Lets the browser paint and hear its user; as a macrotask, because a microtask would do neither. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}

/** Breathes when the slice is over; to be asked often. Work that shares one shares its slices. */
export type Rest = () => Promise<void> | undefined;

/** Begins a slice. */
export function restBetweenSlices(): Rest {
  let deadline = performance.now() + sliceMs;
  return () => {
    if (performance.now() < deadline) return undefined;
    return breathe().then(() => {
      deadline = performance.now() + sliceMs;
    });
  };
}

/**
 * A sorted copy, stable, made in slices between which the page goes on working.
 *
 * @returns null when `signal` stopped it
 */
export async function sortInSlices<Item>(
  items: readonly Item[],
  compare: (one: Item, other: Item) => number,
  signal: AbortSignal,
  rest: Rest = restBetweenSlices(),
): Promise<Item[] | null> {
  let runs: Item[][] = [];
  for (let start = 0; start < items.length; start += runLength) {
    runs.push(items.slice(start, start + runLength).sort(compare));
    await rest();
    if (signal.aborted) return null;
  }
  while (runs.length > 1) {
    const merged: Item[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      const [one, other] = [runs[index], runs[index + 1]];
      if (one !== undefined)
        merged.push(other === undefined ? one : await mergeInSlices(one, other, compare, rest));
      if (signal.aborted) return null;
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Merges two sorted lists in slices; on a tie the first list's items come first. */
export async function mergeInSlices<Item>(
  one: readonly Item[],
  other: readonly Item[],
  compare: (one: Item, other: Item) => number,
  rest: Rest,
): Promise<Item[]> {
  const result: Item[] = [];
  let left = 0;
  let right = 0;
  while (left < one.length && right < other.length) {
    const first = one[left] as Item;
    const second = other[right] as Item;
    if (compare(second, first) < 0) {
      result.push(second);
      right += 1;
    } else {
      result.push(first);
      left += 1;
    }
    if ((result.length & 2047) === 0) await rest();
  }
  for (; left < one.length; left += 1) result.push(one[left] as Item);
  for (; right < other.length; right += 1) result.push(other[right] as Item);
  return result;
}
