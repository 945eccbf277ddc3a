import { Menu as MenuIcon } from 'lucide-react';
import { Suspense, useEffect, useReducer, useState, type ReactNode } from 'react';
import { contextNow } from '../actions/action.ts';
import { ActionButtons } from '../components/action-button.tsx';
import type { MenuGroups } from '../components/action-menu.tsx';
import { ContextMenu } from '../components/lazy-menu.ts';
import { IconButton } from '../components/button.tsx';
import { Mark } from '../components/mark.tsx';
import { connections } from '../state/connections.ts';
import { preferences } from '../state/preferences.ts';
import { useStore } from '../state/store.ts';
import { workspace } from '../workspace/workspace.ts';
import { QuickConnect } from './quick-connect.tsx';

const groups: MenuGroups = [
  ['site-manager', 'bookmarks'],
  ['copy-other', 'move-other', 'synchronise'],
  ['compare', 'synchronised', 'hidden', 'trees', 'bottom'],
  ['search', 'palette'],
];
const more: MenuGroups = [
  ['new-folder', 'new-file', 'new-link', 'rename', 'delete'],
  ['view', 'edit', 'mode', 'properties', 'sizes'],
  ['reconnect', 'disconnect', 'command'],
  ['settings', 'theme', 'shortcuts'],
];

/** Follows everything that decides whether an action can be done. */
function useActionContext(): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const state = useStore(workspace.state);
  useStore(connections);
  useStore(preferences);
  useEffect(() => {
    const ends = [workspace.tab('left'), workspace.tab('right')].flatMap((tab) =>
      tab === null ? [] : [tab.state.subscribe(again), tab.listing.view.subscribe(again)],
    );
    return () => {
      for (const end of ends) end();
    };
  }, [state]);
}

export function Toolbar(): ReactNode {
  useActionContext();
  const [menu, setMenu] = useState<{ readonly x: number; readonly y: number } | null>(null);
  const context = contextNow();
  return (
    <header className="toolbar">
      <Mark />
      <QuickConnect />
      <div className="toolbar-groups" role="toolbar" aria-label="Actions">
        {groups.map((ids) => (
          <ActionButtons key={ids[0]} ids={ids} context={context} />
        ))}
        <IconButton
          icon={MenuIcon}
          label="More actions"
          aria-haspopup="menu"
          onPress={({ target }) => {
            const { left, bottom } = target.getBoundingClientRect();
            setMenu({ x: left, y: bottom });
          }}
        />
        {menu !== null && (
          <Suspense fallback={null}>
            <ContextMenu
              point={menu}
              close={() => setMenu(null)}
              label="More actions"
              groups={more}
              side={undefined}
            />
          </Suspense>
        )}
      </div>
    </header>
  );
}
