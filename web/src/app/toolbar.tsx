import { Menu as MenuIcon } from 'lucide-react';
import { useEffect, useReducer, type ReactNode } from 'react';
import { Button, Menu, MenuTrigger, Popover } from 'react-aria-components';
import { contextNow, isEnabled, isShown, perform } from '../actions/action.ts';
import { actionById } from '../actions/all.ts';
import { showKeys } from '../actions/keyboard.ts';
import { ActionItems, type MenuGroups } from '../components/action-menu.tsx';
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
  const context = contextNow();
  return (
    <header className="toolbar">
      <Mark />
      <QuickConnect />
      <div className="toolbar-groups" role="toolbar" aria-label="Actions">
        {groups.map((ids) => (
          <div className="tools" key={ids[0]}>
            {ids
              .map(actionById)
              .filter((action) => isShown(action, context))
              .map((action) => (
                <IconButton
                  key={action.id}
                  icon={action.icon}
                  label={action.label}
                  keys={action.keys?.[0] === undefined ? undefined : showKeys(action.keys[0])}
                  pressed={action.checked?.(context)}
                  isDisabled={!isEnabled(action, context)}
                  onPress={() => perform(action)}
                />
              ))}
          </div>
        ))}
        <MenuTrigger>
          <Button className="icon-button" aria-label="More actions">
            <MenuIcon aria-hidden="true" size={17} />
          </Button>
          <Popover className="popover menu" placement="bottom end">
            <Menu aria-label="More actions">
              <ActionItems groups={more} side={undefined} />
            </Menu>
          </Popover>
        </MenuTrigger>
      </div>
    </header>
  );
}
