import type { Selection } from 'react-aria-components';
import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { Place } from '#protocols/http/contract/page/common.ts';
import { Listing, type Row } from '../model/listing.ts';
import { createStore } from '../state/store.ts';

/** What changes about a tab beside its listing. */
export interface TabState {
  readonly connection: string;
  readonly path: string;
  readonly history: readonly string[];
  readonly historyIndex: number;
  readonly selection: Selection;
  /** The row (by id) whose name is being changed in place. */
  readonly renaming: number | null;
  readonly filterOpen: boolean;
  /** What directories hold, by their names, where somebody has asked for it. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Directories remembered for going back. */
const keptHistory = 100;

let nextId = 1;

/** One directory on show, with its history. */
export class Tab {
  readonly id = `tab-${nextId++}`;
  readonly listing = new Listing();
  readonly state;
  /** Focused when the next reading is complete: the directory that was left by going up. */
  focusName: string | null = null;
  /** What was found last: buttons, menus and the status line all ask. */
  #selected: {
    readonly selection: Selection;
    readonly rows: readonly Row[];
    readonly found: readonly Row[];
  } | null = null;

  constructor(place: Place) {
    this.state = createStore<TabState>({
      connection: place.connection,
      path: place.path,
      history: [place.path],
      historyIndex: 0,
      selection: new Set(),
      renaming: null,
      filterOpen: false,
      sizes: new Map(),
    });
  }

  get place(): Place {
    const { connection, path } = this.state.get();
    return { connection, path };
  }

  /** Shows another directory of the same connection, or of another one. */
  async open(place: Place, remember = true): Promise<void> {
    const { connection, history, historyIndex } = this.state.get();
    const same = place.connection === connection;
    const before = same ? history.slice(0, historyIndex + 1) : [];
    const after = before.at(-1) === place.path ? before : [...before, place.path].slice(-keptHistory);
    this.listing.filterBy({ text: '' });
    this.state.patch({
      ...place,
      selection: new Set(),
      renaming: null,
      filterOpen: false,
      sizes: new Map(),
      ...(remember || !same ? { history: after, historyIndex: after.length - 1 } : {}),
    });
    await this.listing.read(place);
  }

  async refresh(): Promise<void> {
    await this.listing.read(this.place);
  }

  /** Back (-1) or forward (1). */
  async travel(step: -1 | 1): Promise<void> {
    const { connection, history, historyIndex } = this.state.get();
    const path = history[historyIndex + step];
    if (path === undefined) return;
    this.state.patch({ historyIndex: historyIndex + step });
    await this.open({ connection, path }, false);
  }

  /** Selected rows in the order they are shown in, without the way up; the same array until either changes. */
  selectedRows(): readonly Row[] {
    const { selection } = this.state.get();
    const { rows } = this.listing.view.get();
    if (this.#selected?.selection !== selection || this.#selected.rows !== rows)
      this.#selected = { selection, rows, found: this.#find(selection, rows) };
    return this.#selected.found;
  }

  #find(selection: Selection, rows: readonly Row[]): readonly Row[] {
    if (selection === 'all') return rows[0]?.id === 0 ? rows.slice(1) : rows;
    const found: Row[] = [];
    for (const key of selection) {
      const row = key === 0 ? undefined : this.listing.rowById(Number(key));
      if (row !== undefined) found.push(row);
    }
    return found;
  }

  selectedEntries(): readonly EntryRecord[] {
    return this.selectedRows().map(({ entry }) => entry);
  }
}
