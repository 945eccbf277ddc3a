import type { Labels, Sample } from './exposition.ts';

/**
 * A number that only grows, one for each combination of labels. The labels must come from a fixed set of words:
 * whatever a peer could choose would make it grow without bound.
 */
export class Counter<Names extends string> {
  readonly #names: readonly Names[];
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(names: readonly Names[]) {
    this.#names = names;
  }

  /** @param words the labels' values, in the order of their names */
  add(amount: number, ...words: readonly string[]): void {
    const key = words.join('\n');
    let row = this.#values.get(key);
    if (row === undefined) {
      const labels = Object.fromEntries(this.#names.map((name, index) => [name, words[index] ?? '']));
      row = { labels, value: 0 };
      this.#values.set(key, row);
    }
    row.value += amount;
  }

  get samples(): readonly Sample[] {
    return [...this.#values.values()];
  }
}
