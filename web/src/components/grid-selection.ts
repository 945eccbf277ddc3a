import type { Key } from '@react-types/shared';
import { useMemo, useRef } from 'react';
import type { Selection } from 'react-aria-components';
import type { ListState } from 'react-stately';
import type { GridRows } from './grid-collection.ts';

interface Latest<Row extends object> {
  readonly state: ListState<Row>;
  readonly rows: GridRows<unknown>;
  readonly onSelection: ((selection: Selection) => void) | undefined;
}

/**
 * The state of a list as one object that stays: whatever is asked of it, the latest state answers. A row that looks the
 * same need not be drawn again because the list around it has changed, and what it does still works on the list as it
 * is. Where React Aria would make a node of every row to answer, the rows themselves do.
 */
export function useLiveState<Row extends object>(now: Latest<Row>): ListState<Row> {
  const latest = useRef(now);
  latest.current = now;
  return useMemo(() => {
    const selectionManager = new Proxy(latest.current.state.selectionManager, {
      get(_, name) {
        const answer = ofAllRows[name as keyof typeof ofAllRows];
        if (answer !== undefined) return answer(latest.current);
        const manager = latest.current.state.selectionManager;
        const value: unknown = Reflect.get(manager, name, manager);
        return typeof value === 'function' ? (value.bind(manager) as unknown) : value;
      },
    });
    return {
      selectionManager,
      get collection() {
        return latest.current.state.collection;
      },
      get disabledKeys() {
        return latest.current.state.disabledKeys;
      },
    };
  }, []);
}

/** What is asked of the selection that may concern every row. */
const ofAllRows = {
  selectedKeys: ({ state, rows }: Latest<object>): ReadonlySet<Key> => {
    const { rawSelection } = state.selectionManager;
    return rawSelection === 'all' ? keysOf(rows) : rawSelection;
  },
  isSelectAll,
  selectAll:
    (latest: Latest<object>): (() => void) =>
    () => {
      const { selectionManager } = latest.state;
      if (selectionManager.selectionMode !== 'multiple' || isSelectAll(latest)) return;
      if (latest.onSelection === undefined) selectionManager.selectAll();
      else latest.onSelection('all');
    },
  toggleSelection:
    ({ state, rows, onSelection }: Latest<object>): ((key: Key) => void) =>
    (key) => {
      const { selectionManager } = state;
      if (selectionManager.rawSelection !== 'all' || onSelection === undefined) {
        selectionManager.toggleSelection(key);
        return;
      }
      const others = new Set(keysOf(rows));
      others.delete(key);
      onSelection(others);
    },
} as const;

function isSelectAll({ state, rows }: Latest<object>): boolean {
  const { rawSelection } = state.selectionManager;
  if (rawSelection === 'all') return true;
  return rawSelection.size > 0 && rawSelection.size >= rows.length && state.selectionManager.isSelectAll;
}

const known = new WeakMap<GridRows<unknown>, ReadonlySet<Key>>();

/** The keys of all rows, made once for the same rows. */
function keysOf(rows: GridRows<unknown>): ReadonlySet<Key> {
  const made = known.get(rows);
  if (made !== undefined) return made;
  const keys = new Set<Key>();
  for (let index = 0; index < rows.length; index += 1) {
    const key = rows.keyAt(index);
    if (key !== null) keys.add(key);
  }
  known.set(rows, keys);
  return keys;
}
