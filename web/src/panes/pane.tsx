import { Plus, X } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { ActionButtons } from '../components/action-button.tsx';
import { IconButton } from '../components/button.tsx';
import { Name } from '../components/name.tsx';
import { comparer } from '../model/comparison.ts';
import { formatBytes, formatCount } from '../model/format.ts';
import type { ListingView } from '../model/listing.ts';
import { nameOf } from '../model/paths.ts';
import { useConnection } from '../state/connections.ts';
import { preferences } from '../state/preferences.ts';
import { useStore } from '../state/store.ts';
import { useMedia } from '../components/use-media.ts';
import type { Tab } from '../workspace/tab.ts';
import { otherSide, workspace, type Side } from '../workspace/workspace.ts';
import { FileList } from './file-list.tsx';
import { FilterBar } from './filter-bar.tsx';
import { PathBar } from './path-bar.tsx';

const NewTabMenu = lazy(async () => ({ default: (await import('./new-tab-menu.tsx')).NewTabMenu }));
const DirectoryTree = lazy(async () => ({ default: (await import('./directory-tree.tsx')).DirectoryTree }));

const refresh = ['refresh'];

interface PaneProps {
  readonly side: Side;
  readonly title: string;
  /** Shown while no tab is open. */
  readonly empty: ReactNode;
  readonly tools: readonly string[];
  readonly withTabs: boolean;
}

/** One side: its tabs, where it is, its tree and its list. */
export function Pane({ side, title, empty, tools, withTabs }: PaneProps): ReactNode {
  const pane = useStore(workspace.state, (state) => state[side]);
  const active = useStore(workspace.state, (state) => state.activeSide === side);
  const tab = pane.tabs.find(({ id }) => id === pane.active) ?? null;
  return (
    <section
      className={`pane ${active ? 'active' : ''}`}
      data-pane={side}
      aria-label={title}
      onFocusCapture={() => workspace.activate(side)}
      onPointerDownCapture={() => workspace.activate(side)}
    >
      {withTabs && pane.tabs.length > 0 && <Tabs side={side} tabs={pane.tabs} active={pane.active} />}
      {tab === null ? empty : <PaneContent key={tab.id} side={side} tab={tab} tools={tools} />}
    </section>
  );
}

interface TabsProps {
  readonly side: Side;
  readonly tabs: readonly Tab[];
  readonly active: string | null;
}

function Tabs({ side, tabs, active }: TabsProps): ReactNode {
  const [menu, setMenu] = useState<{ readonly x: number; readonly y: number } | null>(null);
  return (
    <div className="tabs" role="group" aria-label="Open directories">
      {tabs.map((tab) => (
        <TabButton key={tab.id} side={side} tab={tab} active={tab.id === active} closable={tabs.length > 1} />
      ))}
      <IconButton
        icon={Plus}
        size={15}
        label="New tab"
        aria-haspopup="menu"
        onPress={({ target }) => {
          const { left, bottom } = target.getBoundingClientRect();
          setMenu({ x: left, y: bottom });
        }}
      />
      {menu !== null && (
        <Suspense fallback={null}>
          <NewTabMenu side={side} point={menu} close={() => setMenu(null)} />
        </Suspense>
      )}
    </div>
  );
}

interface TabButtonProps {
  readonly side: Side;
  readonly tab: Tab;
  readonly active: boolean;
  readonly closable: boolean;
}

function TabButton({ side, tab, active, closable }: TabButtonProps): ReactNode {
  const { connection: id, path } = useStore(tab.state);
  const connection = useConnection(id);
  const removable = closable || connection?.kind === 'remote';
  return (
    <div className={`tab ${active ? 'active' : ''}`}>
      <button
        type="button"
        className="tab-open"
        {...(active ? { 'aria-current': 'true' as const } : {})}
        onClick={() => workspace.showTab(side, tab.id)}
        onAuxClick={(event) => {
          if (event.button === 1 && removable) void workspace.closeTab(side, tab.id);
        }}
      >
        <span className={`dot ${connection?.state ?? 'closed'}`} aria-hidden="true" />
        <span className="tab-label">{connection?.label ?? 'Closed'}</span>
        <span className="tab-path">
          <Name>{nameOf(path) || '/'}</Name>
        </span>
      </button>
      {removable && (
        <button
          type="button"
          className="tab-close"
          tabIndex={-1}
          aria-label={`Close ${connection?.label ?? 'the tab'}`}
          onClick={() => void workspace.closeTab(side, tab.id)}
        >
          <X aria-hidden="true" size={13} />
        </button>
      )}
    </div>
  );
}

interface PaneContentProps {
  readonly side: Side;
  readonly tab: Tab;
  readonly tools: readonly string[];
}

function PaneContent({ side, tab, tools }: PaneContentProps): ReactNode {
  const view = useStore(tab.listing.view);
  const { connection: id, filterOpen } = useStore(tab.state);
  const connection = useConnection(id);
  const trees = useStore(preferences, (values) => values.trees);
  const narrow = useMedia('(max-width: 640px)');
  const difference = useDifference(side, tab);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The new directory's rows are there; its reader goes on by keyboard where the focus was.
    if (view.status === 'ready') tab.focusName = null;
  }, [view, tab]);
  return (
    <>
      <div className="pane-bar">
        <ActionButtons ids={tools} side={side} />
        <PathBar side={side} tab={tab} />
        <ActionButtons ids={refresh} side={side} />
      </div>
      {filterOpen && <FilterBar tab={tab} />}
      <div className="pane-body" ref={element}>
        {trees && !narrow && (
          <Suspense fallback={<div className="tree" />}>
            <DirectoryTree side={side} tab={tab} />
          </Suspense>
        )}
        <FileList
          side={side}
          tab={tab}
          view={view}
          connection={connection}
          difference={difference}
          narrow={narrow}
        />
      </div>
      <PaneStatus
        tab={tab}
        view={view}
        security={connection?.security ?? null}
        remote={connection?.kind === 'remote'}
      />
    </>
  );
}

/** How each row differs from the other side, while directories are compared. */
function useDifference(side: Side, tab: Tab) {
  const comparing = useStore(workspace.state, (state) => state.comparing);
  const other = useStore(workspace.state, (state) => {
    const pane = state[otherSide(side)];
    return pane.tabs.find(({ id }) => id === pane.active) ?? null;
  });
  const rules = useStore(preferences);
  const others = useStore((other ?? tab).listing.view, ({ all }) => all);
  const difference = useMemo(() => {
    if (!comparing || other === null) return null;
    const toleranceMs = rules.compareToleranceMinutes * 60_000;
    return comparer(others, { by: rules.compareBy, toleranceMs });
  }, [comparing, other, others, rules.compareBy, rules.compareToleranceMinutes]);
  useEffect(() => {
    const also = difference !== null && rules.hideIdentical ? difference : null;
    tab.listing.filterBy({ also: also === null ? null : (row) => also(row) !== 'same' });
  }, [difference, rules.hideIdentical, tab]);
  return difference;
}

interface PaneStatusProps {
  readonly tab: Tab;
  readonly view: ListingView;
  readonly security: string | null;
  readonly remote: boolean;
}

function PaneStatus({ tab, view, security, remote }: PaneStatusProps): ReactNode {
  const rows = tab.selectedRows();
  const shown = view.rows.length - (view.rows[0]?.id === 0 ? 1 : 0);
  const chosenBytes = useMemo(() => {
    let sum = 0;
    for (const { entry, isDirectory } of rows) if (!isDirectory) sum += entry.size ?? 0;
    return sum;
  }, [rows]);
  const counts =
    rows.length > 0
      ? `${formatCount(rows.length, 'entry', 'entries')} selected · ${formatBytes(chosenBytes)}`
      : `${formatCount(view.total, 'entry', 'entries')} · ${formatBytes(view.totalBytes)}`;
  return (
    <footer className="pane-status" aria-live="off">
      <span>{counts}</span>
      {shown !== view.total && (
        <span className="quiet">
          {shown} of {view.total} shown
        </span>
      )}
      {view.status === 'loading' && view.total > 0 && <span className="quiet">reading …</span>}
      {remote && (
        <span className={`security ${security === null ? 'open' : 'sealed'}`} title={security ?? ''}>
          {security === null ? 'Not encrypted' : shortSecurity(security)}
        </span>
      )}
    </footer>
  );
}

/** `TLSv1.3`, or `SSH, aes128-gcm`: the whole of it is the title. */
function shortSecurity(security: string): string {
  const words = security.split(/[, ]+/u);
  const last = words.at(-1)?.replace(/@.*/u, '') ?? '';
  return security.startsWith('TLS') ? (words[0] ?? security) : `SSH, ${last}`;
}
