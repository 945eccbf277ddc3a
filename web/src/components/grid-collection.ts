import type { Collection, Key, LayoutDelegate, Node, Rect, Size } from '@react-types/shared';

/** Rows of a grid: any list with a key for each, found both ways without a search. */
export interface GridRows<Row> {
  readonly length: number;
  at(index: number): Row | undefined;
  keyAt(index: number): Key | null;
  /** -1 for a key that is not on show. */
  indexOf(key: Key): number;
}

/** Rows of an array, with a map of their keys made when it is first needed. */
export function arrayRows<Row>(rows: readonly Row[], keyOf: (row: Row) => Key): GridRows<Row> {
  let indexes: Map<Key, number> | null = null;
  return {
    length: rows.length,
    at: (index) => rows[index],
    keyAt(index) {
      const row = rows[index];
      return row === undefined ? null : keyOf(row);
    },
    indexOf(key) {
      indexes ??= new Map(rows.map((row, index) => [keyOf(row), index]));
      return indexes.get(key) ?? -1;
    },
  };
}

/**
 * React Aria's collection over rows that are there already: nodes are made for those that are looked at, so that a
 * hundred thousand rows cost no more than the thirty on the screen.
 */
export class GridCollection<Row> implements Collection<Node<Row>> {
  readonly rows: GridRows<Row>;
  readonly #textOf: (row: Row) => string;
  readonly #nodes = new Map<Key, Node<Row>>();
  readonly #earlier: ReadonlyMap<Key, Node<Row>>;

  /** @param before whose nodes are taken over where row and place are the same, so that they need not be drawn again */
  constructor(rows: GridRows<Row>, textOf: (row: Row) => string, before: GridCollection<Row> | null = null) {
    this.rows = rows;
    this.#textOf = textOf;
    this.#earlier = before === null ? new Map() : before.#nodes;
  }

  get size(): number {
    return this.rows.length;
  }

  *getKeys(): Generator<Key> {
    for (let index = 0; index < this.rows.length; index += 1) {
      const key = this.rows.keyAt(index);
      if (key !== null) yield key;
    }
  }

  *[Symbol.iterator](): Generator<Node<Row>> {
    for (const key of this.getKeys()) {
      const node = this.getItem(key);
      if (node !== null) yield node;
    }
  }

  getItem(key: Key): Node<Row> | null {
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const index = this.rows.indexOf(key);
    const value = this.rows.at(index);
    if (value === undefined) return null;
    const earlier = this.#earlier.get(key);
    if (earlier?.value === value && earlier.index === index) {
      this.#nodes.set(key, earlier);
      return earlier;
    }
    const textOf = this.#textOf;
    const node: Node<Row> = {
      type: 'item',
      key,
      value,
      level: 0,
      hasChildNodes: false,
      childNodes: [],
      rendered: null,
      // Wanted of few rows, whereas a long range that is selected is looked at row by row.
      get textValue() {
        return textOf(value);
      },
      index,
      props: {},
    };
    this.#nodes.set(key, node);
    return node;
  }

  at(index: number): Node<Row> | null {
    const key = this.rows.keyAt(index);
    return key === null ? null : this.getItem(key);
  }

  getFirstKey(): Key | null {
    return this.rows.keyAt(0);
  }

  getLastKey(): Key | null {
    return this.rows.keyAt(this.rows.length - 1);
  }

  getKeyAfter(key: Key): Key | null {
    const index = this.rows.indexOf(key);
    return index < 0 ? null : this.rows.keyAt(index + 1);
  }

  getKeyBefore(key: Key): Key | null {
    const index = this.rows.indexOf(key);
    return index <= 0 ? null : this.rows.keyAt(index - 1);
  }
}

interface LayoutSource {
  readonly rows: GridRows<unknown>;
  readonly rowHeight: number;
  readonly element: () => HTMLElement | null;
}

/** Where rows are: all are of one height, so nothing needs to be measured (for the page keys). */
export function rowLayout({ rows, rowHeight, element }: LayoutSource): LayoutDelegate {
  return {
    getItemRect(key: Key): Rect | null {
      const index = rows.indexOf(key);
      return index < 0
        ? null
        : { x: 0, y: index * rowHeight, width: element()?.clientWidth ?? 0, height: rowHeight };
    },
    getVisibleRect(): Rect {
      const scroller = element();
      return {
        x: 0,
        y: scroller?.scrollTop ?? 0,
        width: scroller?.clientWidth ?? 0,
        height: scroller?.clientHeight ?? 0,
      };
    },
    getContentSize(): Size {
      return { width: element()?.clientWidth ?? 0, height: rows.length * rowHeight };
    },
    getKeyRange(from: Key, to: Key): Key[] {
      const keys: Key[] = [];
      for (let index = rows.indexOf(from), end = rows.indexOf(to); index >= 0 && index <= end; index += 1) {
        const key = rows.keyAt(index);
        if (key !== null) keys.push(key);
      }
      return keys;
    },
  };
}
