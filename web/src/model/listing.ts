import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { Failure, Place } from '#protocols/http/contract/page/common.ts';
import { describe, PageError, stream } from '../api/call.ts';
import { createStore, type Store } from '../state/store.ts';
import { compareKeys, naturalKey } from './natural-order.ts';
import { breathe, mergeInSlices, restBetweenSlices, sortInSlices } from './sort-in-slices.ts';

/** An entry with what sorting and filtering need of it, computed once. */
export interface Row {
  /** Unique within one reading of the directory; 0 is the way up. */
  readonly id: number;
  readonly entry: EntryRecord;
  readonly key: string;
  readonly lower: string;
  readonly isDirectory: boolean;
}

export type SortColumn = 'name' | 'size' | 'modified' | 'mode' | 'owner' | 'type';

export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

/** What decides which rows are on show. */
export interface Filter {
  readonly text: string;
  readonly hidden: boolean;
  /** A further condition, such as that of a directory comparison. */
  readonly also: ((row: Row) => boolean) | null;
}

/** A directory as it is on show; never changed, only replaced. */
export interface ListingView {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: Failure | null;
  /** In order, after the filter; begins with the way up. */
  readonly rows: readonly Row[];
  /** Where each row (by id) is in `rows`; -1 for those filtered out. */
  readonly positions: Int32Array;
  /** Every row in order, whatever the filter says; the same array as long as only the filter changes. */
  readonly all: readonly Row[];
  /** All entries of the directory, filtered or not, without the way up. */
  readonly total: number;
  readonly totalBytes: number;
}

export const upRow: Row = {
  id: 0,
  entry: { name: '..', type: 'directory' },
  key: '',
  lower: '..',
  isDirectory: true,
};

type Compare = (one: Row, other: Row) => number;

/** How often rows that still arrive are put on show. */
const firstFlushMs = 30;
const flushMs = 150;

const values: Readonly<Record<SortColumn, ((row: Row) => number | string) | null>> = {
  name: null,
  size: ({ entry }) => entry.size ?? -1,
  modified: ({ entry }) => entry.modifiedAt ?? -Infinity,
  mode: ({ entry }) => entry.mode ?? -1,
  owner: ({ entry }) => `${entry.owner ?? ''}\0${entry.group ?? ''}`,
  type: ({ entry, lower }) => (entry.type === 'file' ? lower.slice(lower.lastIndexOf('.') + 1) : ''),
};

function compareBy({ column, descending }: Sort): Compare {
  const turn = descending ? -1 : 1;
  const value = values[column];
  return (one, other) => {
    if (one.isDirectory !== other.isDirectory) return one.isDirectory ? -1 : 1;
    if (value !== null) {
      const [first, second] = [value(one), value(other)];
      if (first < second) return -turn;
      if (first > second) return turn;
      return compareKeys(one.key, other.key) || one.id - other.id;
    }
    return turn * compareKeys(one.key, other.key) || one.id - other.id;
  };
}

export function isDirectoryLike({ type, linkType }: EntryRecord): boolean {
  return type === 'directory' || linkType === 'directory';
}

/** Reads a directory while it arrives, and keeps it sorted and filtered. */
export class Listing {
  readonly view: Store<ListingView>;
  #place: Place | null = null;
  /** Every row, sorted. */
  #sorted: Row[] = [];
  #sort: Sort = { column: 'name', descending: false };
  #filter: Filter = { text: '', hidden: false, also: null };
  #nextId = 1;
  #reading: AbortController | null = null;
  #sorting: AbortController | null = null;

  constructor() {
    this.view = createStore<ListingView>({
      status: 'loading',
      error: null,
      rows: [],
      all: [],
      positions: new Int32Array(1),
      total: 0,
      totalBytes: 0,
    });
  }

  get sort(): Sort {
    return this.#sort;
  }

  get filter(): Filter {
    return this.#filter;
  }

  /** All entries by name, for comparing with another directory. */
  get rows(): readonly Row[] {
    return this.#sorted;
  }

  rowById(id: number): Row | undefined {
    const { rows, positions } = this.view.get();
    const position = positions[id] ?? -1;
    return position < 0 ? undefined : rows[position];
  }

  rowByName(name: string): Row | undefined {
    return this.#sorted.find((row) => row.entry.name === name);
  }

  /**
   * Reads a directory. Another one than before empties the list at once and fills it as entries arrive; the same one
   * again stays on show until its new reading is complete. Never throws: the view tells of a failure.
   */
  async read(place: Place): Promise<void> {
    const again = this.#place?.connection === place.connection && this.#place.path === place.path;
    this.#place = place;
    this.#reading?.abort();
    this.#sorting?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    if (again) this.view.patch({ status: 'loading', error: null });
    else this.#replace([], 'loading');
    try {
      await this.#receive(place, again, reading.signal);
    } catch (error) {
      if (reading.signal.aborted) return;
      this.#replace([], 'failed', failureOf(error));
    }
  }

  async #receive(place: Place, again: boolean, signal: AbortSignal): Promise<void> {
    const sort = this.#sort;
    const compare = compareBy(sort);
    // The same names keep their numbers, so that what is selected stays selected.
    const known = new Map(again ? this.#sorted.map((row) => [row.entry.name, row.id]) : []);
    if (!again) this.#nextId = 1;
    let sorted: Row[] = [];
    let pending: Row[] = [];
    let due = performance.now() + firstFlushMs;
    const rest = restBetweenSlices();
    const merge = async (): Promise<void> => {
      const arrived = await sortInSlices(pending, compare, signal, rest);
      pending = [];
      if (arrived !== null) sorted = await mergeInSlices(sorted, arrived, compare, rest);
      // What draws them is a task of its own.
      await breathe();
    };
    for await (const { entries } of stream('POST /files/list', { body: place, signal })) {
      // Lines that have arrived already come without a pause; somebody may want to scroll meanwhile.
      await rest();
      if (signal.aborted) return;
      for (const entry of entries) pending.push(this.#rowOf(entry, known.get(entry.name)));
      if (performance.now() < due) continue;
      await merge();
      if (signal.aborted) return;
      if (!again) this.#replace(sorted, 'loading');
      due = performance.now() + flushMs;
    }
    await merge();
    if (signal.aborted) return;
    this.#replace(sorted, 'ready');
    // The order may have been changed while the rows arrived.
    if (this.#sort !== sort) await this.sortBy(this.#sort);
  }

  #rowOf(entry: EntryRecord, knownId: number | undefined): Row {
    const { name } = entry;
    return {
      id: knownId ?? this.#nextId++,
      entry,
      key: naturalKey(name),
      lower: name.toLowerCase(),
      isDirectory: isDirectoryLike(entry),
    };
  }

  /** Orders the rows anew, in slices. */
  async sortBy(sort: Sort): Promise<void> {
    this.#sort = sort;
    this.#sorting?.abort();
    const sorting = new AbortController();
    this.#sorting = sorting;
    const sorted = await sortInSlices(this.#sorted, compareBy(sort), sorting.signal);
    await breathe();
    if (sorted === null || sorting.signal.aborted) return;
    this.#replace(sorted, this.view.get().status, this.view.get().error);
  }

  /** Shows only what passes; at once, because typing waits for it. */
  filterBy(filter: Partial<Filter>): void {
    const next = { ...this.#filter, ...filter };
    const { text, hidden, also } = this.#filter;
    if (next.text === text && next.hidden === hidden && next.also === also) return;
    this.#filter = next;
    const view = this.view.get();
    // What passed a part of the text is all that can pass more of it.
    const from = isNarrower(next, { text, hidden, also }) ? view.rows : this.#sorted;
    const rows = this.#visible(from);
    this.view.set({ ...view, rows, positions: this.#positionsOf(rows) });
  }

  #replace(sorted: Row[], status: ListingView['status'], error: Failure | null = null): void {
    this.#sorted = sorted;
    const rows = this.#visible(sorted);
    let totalBytes = 0;
    for (const row of sorted) if (!row.isDirectory) totalBytes += row.entry.size ?? 0;
    this.view.set({
      status,
      error,
      rows,
      all: sorted,
      positions: this.#positionsOf(rows),
      total: sorted.length,
      totalBytes,
    });
  }

  #positionsOf(rows: readonly Row[]): Int32Array {
    const positions = new Int32Array(this.#nextId).fill(-1);
    for (let index = 0; index < rows.length; index += 1) positions[(rows[index] as Row).id] = index;
    return positions;
  }

  /** The way up, and those rows that pass the filter. */
  #visible(from: readonly Row[]): Row[] {
    const passes = matcher(this.#filter);
    const rows: Row[] = this.#place !== null && this.#place.path !== '/' ? [upRow] : [];
    for (const row of from) if (row.id !== upRow.id && (passes === null || passes(row))) rows.push(row);
    return rows;
  }

  /** Stops what is under way. */
  stop(): void {
    this.#reading?.abort();
    this.#sorting?.abort();
  }
}

/** Whether every row that passes `next` passed `before` too. */
function isNarrower(next: Filter, before: Filter): boolean {
  return (
    next.hidden === before.hidden &&
    next.also === before.also &&
    !isGlob(next.text) &&
    !isGlob(before.text) &&
    wantedOf(next).includes(wantedOf(before))
  );
}

function wantedOf({ text }: Filter): string {
  return text.trim().toLowerCase();
}

function isGlob(text: string): boolean {
  return /[*?]/u.test(text);
}

/** Whether a row passes; null when every row does. Text with `*` or `?` is a glob, other text a part of the name. */
function matcher(filter: Filter): ((row: Row) => boolean) | null {
  const { hidden, also } = filter;
  const wanted = wantedOf(filter);
  if (wanted === '' && hidden && also === null) return null;
  const glob = isGlob(wanted) ? globPattern(wanted) : null;
  return (row) => {
    if (!hidden && row.lower.charCodeAt(0) === 0x2e) return false;
    if (glob !== null ? !glob.test(row.lower) : wanted !== '' && !row.lower.includes(wanted)) return false;
    return also === null || also(row);
  };
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replaceAll(/\*+/gu, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su');
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof PageError) return thrown.failure;
  return { code: 'io', message: describe(thrown), retryable: true };
}
