import { Suspense, useMemo, useRef, useState, type MouseEvent, type ReactNode } from 'react';
import type { ConnectionRecord } from '#protocols/http/contract/page/files.ts';
import { perform } from '../actions/action.ts';
import { actionById } from '../actions/all.ts';
import { renameEntry } from '../actions/file.ts';
import type { MenuGroups } from '../components/action-menu.tsx';
import { ContextMenu } from '../components/lazy-menu.ts';
import { FileIcon } from '../components/file-icon.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import type { GridRows } from '../components/grid-collection.ts';
import { Name } from '../components/name.tsx';
import { useWidth } from '../components/use-width.ts';
import type { Difference } from '../model/comparison.ts';
import { displayName } from '../model/display-name.ts';
import { kindOf } from '../model/file-kind.ts';
import { formatBytes, formatExactBytes, formatExactTime, formatMode, formatTime } from '../model/format.ts';
import type { ListingView, Row, SortColumn } from '../model/listing.ts';
import { resolve } from '../model/paths.ts';
import { preferences, type ColumnId } from '../state/preferences.ts';
import { session } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import type { Tab } from '../workspace/tab.ts';
import { workspace, type Side } from '../workspace/workspace.ts';
import { ListingProblem } from './listing-problem.tsx';
import { RenameField } from './rename-field.tsx';
import { entriesType, useDirectoryDrop, type DraggedEntries } from './use-directory-drop.ts';

const rowMenu: MenuGroups = [
  ['copy-other', 'move-other', 'queue-other', 'download', 'archive', 'share'],
  ['view', 'edit', 'rename'],
  ['clip-copy', 'clip-cut', 'clip-paste', 'copy-names'],
  ['sizes', 'mode', 'touch', 'properties'],
  ['delete'],
];
const spaceMenu: MenuGroups = [
  ['upload', 'new-folder', 'new-file', 'new-link'],
  ['clip-paste'],
  ['refresh', 'hidden', 'search', 'command'],
];

/** Sizes of files, and of directories as far as they are known. */
function sizeColumn(sizes: ReadonlyMap<string, number>): GridColumn<Row> {
  return {
    id: 'size',
    label: 'Size',
    width: '62px',
    align: 'end',
    sortable: true,
    render: ({ entry, isDirectory }) => {
      const bytes = isDirectory ? sizes.get(entry.name) : entry.size;
      return bytes === undefined ? null : <span title={formatExactBytes(bytes)}>{formatBytes(bytes)}</span>;
    },
  };
}

const optionalColumns: Readonly<Record<Exclude<ColumnId, 'size'>, GridColumn<Row>>> = {
  type: {
    id: 'type',
    label: 'Kind',
    width: '84px',
    sortable: true,
    render: ({ entry, id }) => (id === 0 ? null : <span className="quiet">{kindOf(entry)}</span>),
  },
  modified: {
    id: 'modified',
    label: 'Modified',
    width: '122px',
    sortable: true,
    render: ({ entry: { modifiedAt, modifiedPrecision } }) =>
      modifiedAt === undefined ? null : (
        <span title={formatExactTime(modifiedAt)}>{formatTime(modifiedAt, modifiedPrecision)}</span>
      ),
  },
  mode: {
    id: 'mode',
    label: 'Mode',
    width: '70px',
    sortable: true,
    render: ({ entry: { mode } }) => (mode === undefined ? null : <code>{formatMode(mode)}</code>),
  },
  owner: {
    id: 'owner',
    label: 'Owner',
    width: '110px',
    sortable: true,
    render: ({ entry: { owner, group } }) =>
      owner === undefined ? null : <Name>{group === undefined ? owner : `${owner}:${group}`}</Name>,
  },
};

/** A list narrower than this does without the column, so that names can be read. */
const leastWidth: Readonly<Record<ColumnId, number>> = {
  size: 220,
  modified: 330,
  mode: 450,
  type: 540,
  owner: 560,
};

interface FileListProps {
  readonly side: Side;
  readonly tab: Tab;
  readonly view: ListingView;
  readonly connection: ConnectionRecord | null;
  readonly difference: ((row: Row) => Difference) | null;
  readonly narrow: boolean;
}

/** The entries of a directory: sorted, selectable, renamed in place, dragged away and dropped upon. */
export function FileList({ side, tab, view, connection, difference, narrow }: FileListProps): ReactNode {
  const { selection, renaming, path, sizes } = useStore(tab.state);
  const columnIds = useStore(preferences, ({ columns }) => columns);
  const rowHeight =
    useStore(preferences, ({ density }) => (density === 'compact' ? 24 : 30)) + (narrow ? 16 : 0);
  const features = useStore(session)?.features;
  const scroller = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<{ x: number; y: number; onRow: boolean } | null>(null);
  const rows = useMemo<GridRows<Row>>(
    () => ({
      length: view.rows.length,
      at: (index) => view.rows[index],
      keyAt: (index) => view.rows[index]?.id ?? null,
      indexOf: (key) => (key === 0 ? (view.rows[0]?.id === 0 ? 0 : -1) : (view.positions[Number(key)] ?? -1)),
    }),
    [view],
  );
  const width = useWidth(scroller);
  const drop = useDirectoryDrop({
    scroller,
    place: tab.place,
    rows: view.rows,
    rowHeight,
    writable: connection?.capabilities.write ?? false,
    uploads: features?.uploads ?? false,
  });
  const columns = useMemo<readonly GridColumn<Row>[]>(() => {
    const name: GridColumn<Row> = {
      id: 'name',
      label: 'Name',
      width: 'minmax(0, 1fr)',
      sortable: true,
      render: (row) =>
        row.id === renaming && row.id !== 0 ? (
          <RenameField
            name={row.entry.name}
            isDirectory={row.isDirectory}
            onDone={(next) => {
              tab.state.patch({ renaming: null });
              if (next !== null) void renameEntry(tab, row.entry.name, next);
            }}
          />
        ) : (
          <span className="entry-name" title={displayName(row.entry.name)}>
            <FileIcon entry={row.entry} />
            <Name>{row.entry.name}</Name>
            {row.entry.linkTarget !== undefined && (
              <span className="link-target">
                → <Name>{row.entry.linkTarget}</Name>
              </span>
            )}
            {narrow && row.id !== 0 && <NarrowDetails row={row} />}
          </span>
        ),
    };
    if (narrow) return [name];
    const fitting = columnIds.filter((id) => width === 0 || width >= leastWidth[id]);
    return [name, ...fitting.map((id) => (id === 'size' ? sizeColumn(sizes) : optionalColumns[id]))];
  }, [renaming, columnIds, tab, narrow, width, sizes]);

  const open = (row: Row): void => {
    if (row.isDirectory) {
      if (row.id === 0) void workspace.goUp(side);
      else void workspace.navigate(side, resolve(path, row.entry.name));
      return;
    }
    const { features: now } = session.get() ?? {};
    tab.state.patch({ selection: new Set([row.id]) });
    // As in FileZilla a double click transfers; without a second pane the file is looked at.
    perform(
      actionById(
        now?.queue === true && workspace.tab(side === 'left' ? 'right' : 'left') !== null
          ? 'copy-other'
          : 'view',
      ),
      side,
    );
  };
  const drag = useMemo(
    () => ({
      data: (row: Row) => {
        const chosen = tab.selectedRows();
        const entries = (chosen.includes(row) ? chosen : [row]).map(({ entry }) => entry);
        const payload: DraggedEntries = { place: tab.place, entries };
        return {
          [entriesType]: JSON.stringify(payload),
          'text/plain': entries.map(({ name }) => name).join('\n'),
        };
      },
      isDraggable: (row: Row) => row.id !== 0,
    }),
    [tab],
  );
  const focusName = view.status === 'ready' ? tab.focusName : null;
  const reveal = focusName === null ? null : (tab.listing.rowByName(focusName)?.id ?? null);
  return (
    <>
      <Grid
        label={`Files in ${displayName(path)}`}
        rows={rows}
        columns={columns}
        textOf={textOf}
        rowHeight={rowHeight}
        sort={tab.listing.sort}
        onSort={(sort) => void tab.listing.sortBy({ ...sort, column: sort.column as SortColumn })}
        selection={selection}
        onSelection={(next) => tab.state.patch({ selection: next })}
        onAction={open}
        onContextMenu={(row, event: MouseEvent) =>
          setMenu({ x: event.clientX, y: event.clientY, onRow: row !== null })
        }
        rowClass={(row) =>
          `${row.id === drop.targetId ? 'drop-into' : ''} ${row.id === 0 ? 'way-up' : ''} ${
            difference === null || row.id === 0 ? '' : `differs-${difference(row)}`
          } ${row.lower.startsWith('.') && row.id !== 0 ? 'hidden-entry' : ''}`
        }
        drag={drag}
        reveal={reveal}
        scrollerRef={scroller}
        scrollerProps={{
          ...drop.dropProps,
          className: drop.isOver && drop.targetId === null ? 'drop-here' : '',
        }}
        showEmpty={view.rows.length === 1 && view.rows[0]?.id === 0}
        empty={<ListingProblem tab={tab} view={view} connection={connection} />}
      />
      {menu !== null && (
        <Suspense fallback={null}>
          <ContextMenu
            point={menu}
            close={() => setMenu(null)}
            label="What to do with it"
            groups={menu.onRow ? rowMenu : spaceMenu}
            side={side}
          />
        </Suspense>
      )}
    </>
  );
}

function textOf(row: Row): string {
  return row.id === 0 ? 'Up one directory' : displayName(row.entry.name);
}

function NarrowDetails({ row: { entry, isDirectory } }: { readonly row: Row }): ReactNode {
  const parts = [
    isDirectory || entry.size === undefined ? null : formatBytes(entry.size),
    entry.modifiedAt === undefined ? null : formatTime(entry.modifiedAt, entry.modifiedPrecision),
  ].filter((part) => part !== null);
  return <span className="narrow-details">{parts.join(' · ')}</span>;
}
