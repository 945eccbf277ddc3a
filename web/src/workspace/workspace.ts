import type { ConnectRequest, EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { EnqueueRequest } from '#protocols/http/contract/page/queue.ts';
import type { Place } from '#protocols/http/contract/page/common.ts';
import { call, describe } from '../api/call.ts';
import { listen, tell } from '../api/socket.ts';
import { join, nameOf, parentOf, relativeMove, resolve } from '../model/paths.ts';
import { isDirectoryLike } from '../model/listing.ts';
import { connect, connections, disconnect, settled, wasDeclined } from '../state/connections.ts';
import { notify } from '../state/notices.ts';
import { prefer, preferences, type SavedTab } from '../state/preferences.ts';
import { createStore } from '../state/store.ts';
import { Tab } from './tab.ts';

export type Side = 'left' | 'right';

export function otherSide(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}

export interface PaneState {
  readonly tabs: readonly Tab[];
  /** Id of the tab on show; null while the pane is empty. */
  readonly active: string | null;
}

export interface WorkspaceState {
  readonly activeSide: Side;
  readonly left: PaneState;
  readonly right: PaneState;
  readonly synchronised: boolean;
  readonly comparing: boolean;
  /** What was cut or copied, for pasting elsewhere. */
  readonly clipboard: {
    readonly place: Place;
    readonly entries: readonly EntryRecord[];
    readonly move: boolean;
  } | null;
}

const rememberedAddresses = 12;

/** The two panes (or the one of the hosted mode) and what goes between them. */
export class Workspace {
  readonly state = createStore<WorkspaceState>({
    activeSide: 'left',
    left: { tabs: [], active: null },
    right: { tabs: [], active: null },
    synchronised: false,
    comparing: false,
    clipboard: null,
  });

  constructor() {
    listen('directory-changed', ({ connection, path }) => {
      for (const tab of this.tabs()) {
        const { place } = tab;
        if (place.connection === connection && place.path === path) void tab.refresh();
      }
    });
    listen('connection', ({ connection }) => {
      // What was on show before the connection was lost is read again.
      if (connection.state !== 'ready') return;
      for (const tab of this.tabs()) {
        if (tab.place.connection === connection.id && tab.listing.view.get().status === 'failed')
          void tab.refresh();
      }
    });
  }

  tabs(): readonly Tab[] {
    const { left, right } = this.state.get();
    return [...left.tabs, ...right.tabs];
  }

  tab(side: Side = this.state.get().activeSide): Tab | null {
    const { tabs, active } = this.state.get()[side];
    return tabs.find(({ id }) => id === active) ?? null;
  }

  activate(side: Side): void {
    if (this.state.get().activeSide !== side) this.state.patch({ activeSide: side });
  }

  #setPane(side: Side, pane: PaneState): void {
    this.state.patch(side === 'left' ? { left: pane } : { right: pane });
    this.#watch();
    this.#rememberTabs();
  }

  #watch(): void {
    const shown = [this.tab('left'), this.tab('right')].filter((tab) => tab !== null);
    tell({ type: 'watch', directories: shown.map(({ place }) => place) });
  }

  #rememberTabs(): void {
    const save = (side: Side): readonly SavedTab[] =>
      this.state.get()[side].tabs.flatMap((tab): SavedTab[] => {
        const { connection, path } = tab.place;
        const record = connections.get().get(connection);
        if (record === undefined) return [];
        if (record.kind !== 'remote') return [{ connection: record.kind, path }];
        const { siteId, address } = record;
        return [{ connection: siteId === null ? { address } : { siteId }, path }];
      });
    prefer({ tabs: { left: save('left'), right: save('right') } });
  }

  /** Opens a place in a new tab of a side. */
  async openTab(side: Side, place: Place): Promise<Tab> {
    const tab = new Tab(place);
    tab.listing.filterBy({ hidden: preferences.get().hiddenFiles });
    this.#setPane(side, { tabs: [...this.state.get()[side].tabs, tab], active: tab.id });
    await tab.listing.read(place);
    return tab;
  }

  showTab(side: Side, id: string): void {
    this.#setPane(side, { ...this.state.get()[side], active: id });
  }

  /** Closes a tab; a connection that no tab shows any more is closed too. */
  async closeTab(side: Side, id: string): Promise<void> {
    const { tabs, active } = this.state.get()[side];
    const index = tabs.findIndex((tab) => tab.id === id);
    const closed = tabs[index];
    if (closed === undefined) return;
    closed.listing.stop();
    const left = tabs.filter((tab) => tab.id !== id);
    const next = active === id ? (left[Math.min(index, left.length - 1)]?.id ?? null) : active;
    this.#setPane(side, { tabs: left, active: next });
    const { connection } = closed.place;
    const kind = connections.get().get(connection)?.kind;
    if (kind === 'remote' && !this.tabs().some((tab) => tab.place.connection === connection)) {
      await disconnect(connection).catch(() => undefined);
    }
  }

  /** Shows another directory in the tab of a side, and moves the other side along when browsing is synchronised. */
  async navigate(
    side: Side,
    path: string,
    { follow = true, focus = null as string | null } = {},
  ): Promise<void> {
    const tab = this.tab(side);
    if (tab === null) return;
    const { connection, path: from } = tab.place;
    tab.focusName = focus;
    const { synchronised } = this.state.get();
    const moves = [tab.open({ connection, path })];
    const other = this.tab(otherSide(side));
    if (follow && synchronised && other !== null) {
      const target = resolve(other.place.path, relativeMove(from, path));
      moves.push(this.navigate(otherSide(side), target, { follow: false }));
    }
    this.#watch();
    await Promise.all(moves);
    this.#rememberTabs();
  }

  async goUp(side: Side): Promise<void> {
    const path = this.tab(side)?.place.path;
    if (path !== undefined && path !== '/')
      await this.navigate(side, parentOf(path), { focus: nameOf(path) });
  }

  /** Connects and shows the login directory on the right (or where asked), in a new tab; false when it cannot. */
  async connect(
    request: ConnectRequest,
    { side = 'right', path = null }: { readonly side?: Side; readonly path?: string | null } = {},
  ): Promise<boolean> {
    try {
      const record = await settled(await connect(request));
      if (record.state !== 'ready') {
        if (!wasDeclined(record))
          notify('error', record.error?.message ?? `Cannot connect to ${record.label}`);
        return false;
      }
      if ('address' in request) this.#rememberAddress(record.address);
      await this.openTab(side, { connection: record.id, path: path ?? record.home });
      this.activate(side);
      return true;
    } catch (error) {
      notify('error', describe(error));
      return false;
    }
  }

  #rememberAddress(address: string): void {
    const { recentAddresses } = preferences.get();
    const others = recentAddresses.filter((one) => one !== address);
    prefer({ recentAddresses: [address, ...others].slice(0, rememberedAddresses) });
  }

  /** Puts entries of one place into the queue, to a directory of another. */
  async transfer(
    from: Place,
    entries: readonly EntryRecord[],
    to: Place,
    options: Omit<EnqueueRequest, 'transfers'> = {},
  ): Promise<void> {
    if (entries.length === 0) return;
    const transfers = entries.map((entry) => ({
      source: { connection: from.connection, path: join(from.path, entry.name) },
      targetDirectory: to,
      type: isDirectoryLike(entry) ? ('directory' as const) : ('file' as const),
      ...(entry.size === undefined || isDirectoryLike(entry) ? {} : { size: entry.size }),
    }));
    try {
      await call('POST /queue', { body: { transfers, ...options } });
    } catch (error) {
      notify('error', describe(error));
    }
  }

  /** Reads every directory on show that is this one. */
  async refresh(place: Place): Promise<void> {
    const shown = this.tabs().filter(
      (tab) => tab.place.connection === place.connection && tab.place.path === place.path,
    );
    await Promise.all(shown.map((tab) => tab.refresh()));
  }

  /** Shows or hides names that begin with a dot, in every tab. */
  showHidden(hidden: boolean): void {
    prefer({ hiddenFiles: hidden });
    for (const tab of this.tabs()) tab.listing.filterBy({ hidden });
  }
}

export const workspace = new Workspace();
