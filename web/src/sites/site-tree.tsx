import { ChevronRight, Folder } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Tree, TreeItem, TreeItemContent } from 'react-aria-components';
import type { SiteRecord, SiteStore } from '#protocols/http/contract/page/sites.ts';
import { compareKeys, naturalKey } from '../model/natural-order.ts';

interface SiteTreeProps {
  readonly store: SiteStore;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
  readonly onOpen: (site: SiteRecord) => void;
}

/** Folders and sites; a double click connects. */
export function SiteTree({ store, chosen, onChoose, onOpen }: SiteTreeProps): ReactNode {
  const nodes = (parentId: string | null): ReactNode => [
    ...store.folders
      .filter((folder) => folder.parentId === parentId)
      .sort((one, other) => compareKeys(naturalKey(one.name), naturalKey(other.name)))
      .map((folder) => (
        <TreeItem key={folder.id} id={folder.id} textValue={folder.name} className="tree-item">
          <Line>
            <Folder aria-hidden="true" size={15} className="file-icon kind-directory" />
            {folder.name}
          </Line>
          {nodes(folder.id)}
        </TreeItem>
      )),
    ...store.sites
      .filter((site) => site.folderId === parentId)
      .sort((one, other) => compareKeys(naturalKey(one.name), naturalKey(other.name)))
      .map((site) => (
        <TreeItem key={site.id} id={site.id} textValue={site.name} className="tree-item">
          <Line>
            <span className={`site-dot ${site.colour}`} aria-hidden="true" />
            {site.name}
          </Line>
        </TreeItem>
      )),
  ];
  return (
    <Tree
      aria-label="Sites"
      className="site-tree"
      selectionMode="single"
      selectionBehavior="replace"
      escapeKeyBehavior="none"
      defaultExpandedKeys={store.folders.map(({ id }) => id)}
      key={store.folders.length}
      selectedKeys={chosen === null ? [] : [chosen]}
      onSelectionChange={(keys) => {
        const [key] = keys === 'all' ? [] : keys;
        onChoose(key === undefined ? null : String(key));
      }}
      onAction={(key) => {
        const site = store.sites.find(({ id }) => id === key);
        if (site !== undefined) onOpen(site);
      }}
      renderEmptyState={() => <p className="quiet">No sites yet.</p>}
    >
      {nodes(null)}
    </Tree>
  );
}

function Line({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <TreeItemContent>
      {({ level }) => (
        <span className="tree-row" style={{ paddingInlineStart: (level - 1) * 14 }}>
          <Button slot="chevron" className="tree-chevron">
            <ChevronRight aria-hidden="true" size={14} />
          </Button>
          {children}
        </span>
      )}
    </TreeItemContent>
  );
}
