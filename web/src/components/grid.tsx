import type { Key, Node } from '@react-types/shared';
import { ArrowDown, ArrowUp } from 'lucide-react';
import {
  memo,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  type CSSProperties,
  type DragEvent,
  type HTMLAttributes,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { useGridList, useGridListItem } from 'react-aria';
import type { Selection } from 'react-aria-components';
import { useListState, type ListState } from 'react-stately';
import { displayName } from '../model/display-name.ts';
import { useWindow } from './use-window.ts';
import { GridCollection, rowLayout, type GridRows } from './grid-collection.ts';
import { useLiveState } from './grid-selection.ts';

/** A column: what stands over it, how wide it is, and what it shows of a row. */
export interface GridColumn<Row> {
  readonly id: string;
  readonly label: string;
  /** A track of CSS grid: `minmax(120px, 1fr)`, `90px`. */
  readonly width: string;
  readonly align?: 'end';
  readonly sortable?: boolean;
  readonly render: (row: Row) => ReactNode;
}

export interface GridSort {
  readonly column: string;
  readonly descending: boolean;
}

/** What a drag that begins at a row carries: texts by their types, `text/plain` among them. */
export interface GridDrag<Row> {
  readonly data: (row: Row) => Readonly<Record<string, string>>;
  readonly isDraggable: (row: Row) => boolean;
}

export interface GridProps<Row> {
  readonly label: string;
  readonly rows: GridRows<Row>;
  readonly columns: readonly GridColumn<Row>[];
  /** What typing the first letters looks for, and what a screen reader calls the row. */
  readonly textOf: (row: Row) => string;
  readonly sort?: GridSort;
  readonly onSort?: (sort: GridSort) => void;
  readonly selectionMode?: 'none' | 'single' | 'multiple';
  readonly selection?: Selection;
  readonly onSelection?: (selection: Selection) => void;
  /** Enter or a double click. */
  readonly onAction?: (row: Row) => void;
  readonly rowHeight?: number;
  readonly rowClass?: (row: Row) => string;
  /** Rows that can be dragged away, and what they carry. */
  readonly drag?: GridDrag<Row>;
  /** Before the menu opens the row is selected, unless it is already. */
  readonly onContextMenu?: (row: Row | null, event: MouseEvent) => void;
  /** Shown in place of rows when there are none. */
  readonly empty?: ReactNode;
  /** Shows it although there are rows: a directory with nothing but the way up. */
  readonly showEmpty?: boolean;
  /** Focused and brought into sight as soon as it is there. */
  readonly reveal?: Key | null;
  /** Escape closes the dialog it is in, and does not empty the selection first. */
  readonly inDialog?: boolean;
  readonly className?: string;
  /** The element that scrolls. */
  readonly scrollerRef?: { current: HTMLDivElement | null };
  readonly scrollerProps?: HTMLAttributes<HTMLDivElement>;
}

const aheadRows = 4;

/** A list of rows in columns: React Aria's selection and keyboard over rows of which only the visible ones exist. */
export function Grid<Row>(props: GridProps<Row>): ReactNode {
  const { label, rows, columns, textOf, rowHeight = 28, selectionMode = 'multiple', reveal } = props;
  const gridRef = useRef<HTMLDivElement>(null);
  const ownScroller = useRef<HTMLDivElement>(null);
  const scroller = props.scrollerRef ?? ownScroller;
  const collection = useGridCollection(rows, textOf);
  const layoutDelegate = useMemo(
    () => rowLayout({ rows, rowHeight, element: () => scroller.current }),
    [rows, rowHeight, scroller],
  );
  const options = {
    selectionMode,
    selectionBehavior: 'replace' as const,
    ...(props.selection === undefined ? {} : { selectedKeys: props.selection }),
    ...(props.onSelection === undefined ? {} : { onSelectionChange: props.onSelection }),
    // React Aria takes a finished collection under this name, as its own components hand it over.
    collection,
    layoutDelegate,
  };
  const state = useListState(options as unknown as Parameters<typeof useListState<Row & object>>[0]);
  useFocusThatStays(state, rows);
  const live = useLiveState({ state, rows, onSelection: props.onSelection });
  const act = props.onAction;
  const { gridProps } = useGridList(
    {
      'aria-label': label,
      isVirtualized: true,
      layoutDelegate,
      keyboardNavigationBehavior: 'tab',
      escapeKeyBehavior: props.inDialog === true ? 'none' : 'clearSelection',
      // A press on one of several selected rows may be the start of a drag of them all.
      shouldSelectOnPressUp: props.drag !== undefined,
      ...(act === undefined
        ? {}
        : {
            onAction: (key: Key) => {
              const row = rows.at(rows.indexOf(key));
              if (row !== undefined) act(row);
            },
          }),
    },
    live,
    gridRef,
  );
  const focusedKey = state.selectionManager.focusedKey;
  const focusedIndex = focusedKey === null ? -1 : rows.indexOf(focusedKey);
  const { first, end, scrollTo } = useWindow({ scroller, count: rows.length, rowHeight, ahead: aheadRows });
  const shown = Array.from({ length: Math.max(0, end - first) }, (_, offset) => first + offset);
  // The focused row stays in the page, or the focus would be lost by scrolling.
  if (focusedIndex >= 0 && (focusedIndex < first || focusedIndex >= end)) shown.push(focusedIndex);
  useEffect(() => {
    if (focusedIndex >= 0 && state.selectionManager.isFocused) scrollTo(focusedIndex);
    // Only when another row is focused: a listing that grows must not pull its reader back.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [focusedKey]);
  useEffect(() => {
    if (reveal === undefined || reveal === null) return;
    const index = rows.indexOf(reveal);
    if (index < 0) return;
    scrollTo(index, 'middle');
    state.selectionManager.setFocusedKey(reveal);
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [reveal]);

  const template = columns.map(({ width }) => width).join(' ');
  const style = { '--grid-columns': template, '--row-height': `${rowHeight}px` } as CSSProperties;
  const openMenu = (event: MouseEvent): void => {
    const { onContextMenu } = props;
    if (onContextMenu === undefined) return;
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset['row'];
    const index = key === undefined ? -1 : Number(key);
    const row = rows.at(index) ?? null;
    const rowKey = rows.keyAt(index);
    if (rowKey !== null && !state.selectionManager.isSelected(rowKey)) {
      state.selectionManager.replaceSelection(rowKey);
    }
    event.preventDefault();
    onContextMenu(row, event);
  };
  const { focusedKey: focused, isFocused } = state.selectionManager;
  return (
    <div
      {...gridProps}
      ref={gridRef}
      className={`grid ${props.className ?? ''}`}
      style={style}
      aria-colcount={columns.length}
      aria-rowcount={rows.length + 1}
      onContextMenu={openMenu}
      {...(props.drag === undefined ? {} : { onDragStart: beginDrag(rows, props.drag) })}
    >
      <GridHeader columns={columns} sort={props.sort} onSort={props.onSort} />
      <div
        {...props.scrollerProps}
        ref={scroller}
        role="rowgroup"
        className={`grid-body ${props.scrollerProps?.className ?? ''}`}
      >
        {(rows.length === 0 || props.showEmpty === true) && (
          <div role="row" className="grid-empty">
            <div role="gridcell">{props.empty}</div>
          </div>
        )}
        <div role="presentation" className="grid-canvas" style={{ height: rows.length * rowHeight }}>
          {shown.map((index) => {
            const node = collection.at(index);
            if (node === null || node.value === null) return null;
            return (
              <GridRow
                key={node.key}
                node={node as Node<Row & object>}
                state={live}
                isSelected={state.selectionManager.isSelected(node.key)}
                focus={node.key === focused ? (isFocused ? 'here' : 'next') : 'elsewhere'}
                start={index * rowHeight}
                columns={columns}
                className={props.rowClass?.(node.value) ?? ''}
                draggable={props.drag?.isDraggable(node.value) === true}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/**
 * Hands the focus on to the row that stands where the focused one stood, when that has gone. It does so before React
 * Aria would, which makes a node of every row there was to find out which one that is.
 */
function useFocusThatStays<Row>(state: ListState<Row & object>, rows: GridRows<Row>): void {
  const { selectionManager: manager } = state;
  const last = useRef(-1);
  useLayoutEffect(() => {
    const key = manager.focusedKey;
    if (key === null) return;
    const index = rows.indexOf(key);
    if (index >= 0) last.current = index;
    else manager.setFocusedKey(rows.keyAt(Math.max(0, Math.min(last.current, rows.length - 1))));
  });
}

/** The collection of these rows, with the nodes of the one before where they still hold. */
function useGridCollection<Row>(rows: GridRows<Row>, textOf: (row: Row) => string): GridCollection<Row> {
  const before = useRef<GridCollection<Row> | null>(null);
  const collection = useMemo(() => new GridCollection(rows, textOf, before.current), [rows, textOf]);
  useLayoutEffect(() => {
    before.current = collection;
  }, [collection]);
  return collection;
}

/** Gives a drag what it carries, by one listener for all rows. */
function beginDrag<Row>(rows: GridRows<Row>, drag: GridDrag<Row>): (event: DragEvent) => void {
  return (event) => {
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset['row'];
    const row = key === undefined ? undefined : rows.at(Number(key));
    if (row === undefined) return;
    const data = drag.data(row);
    for (const [type, text] of Object.entries(data)) event.dataTransfer.setData(type, text);
    event.dataTransfer.effectAllowed = 'copyMove';
    const preview = document.createElement('div');
    preview.className = 'drag-preview';
    preview.textContent = previewText(data['text/plain'] ?? '');
    document.body.append(preview);
    event.dataTransfer.setDragImage(preview, -12, -8);
    // The browser has taken its picture when the event is over.
    setTimeout(() => preview.remove());
  };
}

/** The first name, and how many more there are. */
function previewText(names: string): string {
  const [first = '', ...more] = names.split('\n');
  return more.length === 0 ? displayName(first) : `${displayName(first)} and ${more.length} more`;
}

interface GridHeaderProps<Row> {
  readonly columns: readonly GridColumn<Row>[];
  readonly sort: GridSort | undefined;
  readonly onSort: ((sort: GridSort) => void) | undefined;
}

function GridHeader<Row>({ columns, sort, onSort }: GridHeaderProps<Row>): ReactNode {
  return (
    <div role="rowgroup" className="grid-head">
      <div role="row" aria-rowindex={1} className="grid-head-row">
        {columns.map((column, index) => {
          const sorted =
            sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined;
          const change = (): void => onSort?.({ column: column.id, descending: sorted === 'ascending' });
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-colindex={index + 1}
              aria-sort={sorted ?? 'none'}
              data-align={column.align}
            >
              {column.sortable === true ? (
                <button type="button" tabIndex={-1} className="grid-sort" onClick={change}>
                  <span>{column.label}</span>
                  {sorted === 'ascending' && <ArrowUp aria-hidden="true" size={12} />}
                  {sorted === 'descending' && <ArrowDown aria-hidden="true" size={12} />}
                </button>
              ) : (
                <span>{column.label}</span>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface GridRowProps<Row extends object> {
  readonly node: Node<Row>;
  readonly state: ListState<Row>;
  readonly isSelected: boolean;
  /** Where the focus of the list is, as far as this row has to know: it draws itself anew when that changes. */
  readonly focus: 'here' | 'next' | 'elsewhere';
  readonly start: number;
  readonly columns: readonly GridColumn<Row>[];
  readonly className: string;
  readonly draggable: boolean;
}

function GridRowInner<Row extends object>(props: GridRowProps<Row>): ReactNode {
  const { node, state, isSelected, start, columns, className, draggable } = props;
  const ref = useRef<HTMLDivElement>(null);
  const { rowProps, gridCellProps } = useGridListItem(
    // Not told to be virtual: each row would look through all others for its index, which is known here.
    { node },
    state as unknown as ListState<unknown>,
    ref,
  );
  const value = node.value as Row;
  return (
    <div
      {...rowProps}
      draggable={draggable}
      ref={ref}
      aria-rowindex={node.index + 2}
      data-row={node.index}
      className={`grid-row ${isSelected ? 'selected' : ''} ${className}`}
      style={{ transform: `translateY(${start}px)` }}
    >
      {columns.map((column, index) => (
        <div
          key={column.id}
          {...(index === 0 ? gridCellProps : { role: 'gridcell' })}
          aria-colindex={index + 1}
          className="grid-cell"
          data-align={column.align}
        >
          {column.render(value)}
        </div>
      ))}
    </div>
  );
}

const GridRow = memo(GridRowInner) as typeof GridRowInner;
