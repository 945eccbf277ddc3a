import { Plus, X } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, type ReactNode } from 'react';
import { contextNow, isEnabled, isShown, perform } from '../actions/action.ts';
import { actionById } from '../actions/all.ts';
import { showKeys } from '../actions/keyboard.ts';
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

const DirectoryTree = lazy(async () => ({ default: (await import('./directory-tree.tsx')).DirectoryTree }));

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
  return (
    <div className="tabs" role="group" aria-label="Open directories">
      {tabs.map((tab) => (
        <TabButton key={tab.id} side={side} tab={tab} active={tab.id === active} closable={tabs.length > 1} />
      ))}
      <IconButton
        icon={Plus}
        size={15}
        label="New tab"
        onPress={() => {
          const place = workspace.tab(side)?.place;
          if (place !== undefined) void workspace.openTab(side, place);
        }}
      />
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
  const { connection: id, selection, filterOpen } = useStore(tab.state);
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
        <PaneTools ids={tools} side={side} tab={tab} selection={selection} view={view} />
        <PathBar side={side} tab={tab} />
        <PaneTools ids={['refresh']} side={side} tab={tab} selection={selection} view={view} />
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

interface PaneToolsProps {
  readonly ids: readonly string[];
  readonly side: Side;
  readonly tab: Tab;
  readonly selection: unknown;
  readonly view: ListingView;
}

function PaneTools({ ids, side }: PaneToolsProps): ReactNode {
  const context = contextNow(side);
  return (
    <div className="tools">
      {ids
        .map(actionById)
        .filter((action) => isShown(action, context))
        .map((action) => (
          <IconButton
            key={action.id}
            icon={action.icon}
            label={action.label}
            keys={action.keys?.[0] === undefined ? undefined : showKeys(action.keys[0])}
            isDisabled={!isEnabled(action, context)}
            onPress={() => perform(action, side)}
          />
        ))}
    </div>
  );
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
  const chosenBytes = rows.reduce(
    (sum, { entry, isDirectory }) => sum + (isDirectory ? 0 : (entry.size ?? 0)),
    0,
  );
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
          {security === null ? 'Not encrypted' : (security.split(',')[0] ?? security)}
        </span>
      )}
    </footer>
  );
}
