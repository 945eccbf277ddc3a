import { useRef, useSyncExternalStore } from 'react';

/** A value that components follow and plain code changes. */
export interface Store<Value> {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
  /** Changes some fields and keeps the others. */
  readonly patch: (fields: Partial<Value>) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  let value = initial;
  const listeners = new Set<() => void>();
  const store: Store<Value> = {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    patch(fields) {
      store.set({ ...value, ...fields });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return store;
}

/** The store's value, or the part that `select` takes of it; renders again only when that part is another. */
export function useStore<Value>(store: Store<Value>): Value;
export function useStore<Value, Part>(store: Store<Value>, select: (value: Value) => Part): Part;
export function useStore<Value, Part>(store: Store<Value>, select?: (value: Value) => Part): Value | Part {
  const last = useRef<{ value: Value; part: Part } | null>(null);
  return useSyncExternalStore<Value | Part>(store.subscribe, () => {
    const value = store.get();
    if (select === undefined) return value;
    if (last.current !== null && Object.is(last.current.value, value)) return last.current.part;
    const part = select(value);
    last.current = { value, part };
    return part;
  });
}
