import { ChevronRight, Folder, FolderOpen } from 'lucide-react';
import { memo, useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Button, Tree, TreeItem, TreeItemContent } from 'react-aria-components';
import { stream } from '../api/call.ts';
import { Name } from '../components/name.tsx';
import { displayName } from '../model/display-name.ts';
import { isDirectoryLike, type Row } from '../model/listing.ts';
import { compareKeys, naturalKey } from '../model/natural-order.ts';
import { crumbs, join } from '../model/paths.ts';
import { preferences } from '../state/preferences.ts';
import { useStore } from '../state/store.ts';
import type { Tab } from '../workspace/tab.ts';
import { workspace, type Side } from '../workspace/workspace.ts';

/** A tree is for finding one's way; what has more directories than this is better searched in its list. */
const shownChildren = 500;

interface DirectoryTreeProps {
  readonly side: Side;
  readonly tab: Tab;
}

/**
 * The directories from the root down; each is read when it is first opened. Not drawn again with its pane, which is
 * drawn at each letter of a filter, and behind the list, which somebody waits for.
 */
export const DirectoryTree = memo(({ side, tab }: DirectoryTreeProps): ReactNode => {
  const connection = useStore(tab.state, (state) => state.connection);
  const path = useStore(tab.state, (state) => state.path);
  // The filter of the list is none of the tree's business.
  const all = useStore(tab.listing.view, (view) => (view.status === 'ready' ? view.all : null));
  const shown = useMemo(() => ({ connection, path, all }), [connection, path, all]);
  return <Directories side={side} shown={useDeferredValue(shown)} />;
});

interface DirectoriesProps {
  readonly side: Side;
  readonly shown: {
    readonly connection: string;
    readonly path: string;
    /** What the list has read of it; null while it is being read. */
    readonly all: readonly Row[] | null;
  };
}

const Directories = memo(({ side, shown: { connection, path, all } }: DirectoriesProps): ReactNode => {
  const hidden = useStore(preferences, ({ hiddenFiles }) => hiddenFiles);
  const [children, setChildren] = useState<ReadonlyMap<string, readonly string[]>>(new Map());
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set(['/']));
  const reading = useRef(new Set<string>());

  useEffect(() => {
    reading.current.clear();
    setChildren(new Map());
    setExpanded(new Set(['/']));
  }, [connection]);

  // The way to the directory on show is open.
  useEffect(() => {
    const ancestors = crumbs(path).slice(0, -1);
    const wanted = ['/', ...ancestors.map((step) => step.path)];
    setExpanded((open) => (wanted.every((step) => open.has(step)) ? open : new Set([...open, ...wanted])));
  }, [path, connection]);

  // What the list has read, the tree need not read again.
  useEffect(() => {
    if (all === null) return;
    // Directories come first, whatever the order.
    const end = all.findIndex((row) => !row.isDirectory);
    const names = order(all.slice(0, end < 0 ? all.length : end).map(({ entry }) => entry.name));
    setChildren((known) => (areSame(known.get(path), names) ? known : new Map(known).set(path, names)));
  }, [all, path]);

  useEffect(() => {
    for (const directory of expanded) {
      if (children.has(directory) || reading.current.has(directory)) continue;
      reading.current.add(directory);
      void readDirectories(connection, directory).then((names) =>
        setChildren((known) => new Map(known).set(directory, names)),
      );
    }
  }, [expanded, children, connection]);

  const element = useRef<HTMLDivElement>(null);
  // A long tree is scrolled to where its pane is, as soon as that is drawn.
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      element.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    });
    return () => cancelAnimationFrame(frame);
  }, [path, children]);

  const selected = useMemo(() => [path], [path]);
  const nodeOf = (directory: string, name: string): ReactNode => {
    const known = children.get(directory);
    const below = (known ?? []).filter((child) => hidden || !child.startsWith('.')).slice(0, shownChildren);
    const isOpen = expanded.has(directory);
    return (
      <TreeItem
        key={directory}
        id={directory}
        textValue={displayName(name)}
        className="tree-item"
        hasChildItems={known === undefined || below.length > 0}
      >
        <TreeItemContent>
          {({ level }) => (
            <span className="tree-row" style={{ paddingInlineStart: (level - 1) * 14 }}>
              <Button slot="chevron" className="tree-chevron">
                <ChevronRight aria-hidden="true" size={14} />
              </Button>
              {isOpen ? (
                <FolderOpen aria-hidden="true" size={15} className="file-icon kind-directory" />
              ) : (
                <Folder aria-hidden="true" size={15} className="file-icon kind-directory" />
              )}
              <Name>{name}</Name>
            </span>
          )}
        </TreeItemContent>
        {isOpen && below.map((child) => nodeOf(join(directory, child), child))}
      </TreeItem>
    );
  };
  return (
    <Tree
      ref={element}
      aria-label="Directories"
      className="tree"
      selectionMode="single"
      selectionBehavior="replace"
      selectedKeys={selected}
      expandedKeys={expanded}
      onExpandedChange={(keys) => setExpanded(new Set([...keys].map(String)))}
      onSelectionChange={(keys) => {
        const [chosen] = keys === 'all' ? [] : keys;
        if (chosen !== undefined && chosen !== path) void workspace.navigate(side, String(chosen));
      }}
    >
      {nodeOf('/', '/')}
    </Tree>
  );
});

function areSame(some: readonly string[] | undefined, others: readonly string[]): boolean {
  return some?.length === others.length && some.every((name, index) => name === others[index]);
}

function order(names: readonly string[]): readonly string[] {
  return names
    .map((name) => [naturalKey(name), name] as const)
    .sort(([one], [other]) => compareKeys(one, other))
    .map(([, name]) => name);
}

async function readDirectories(connection: string, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { entries } of stream('POST /files/list', { body: { connection, path } })) {
      for (const entry of entries) if (isDirectoryLike(entry)) names.push(entry.name);
    }
  } catch {
    // The list tells why a directory cannot be read; in the tree it has nothing below it.
  }
  return order(names);
}
