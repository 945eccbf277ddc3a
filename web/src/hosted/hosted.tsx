import { CircleUserRound, LogOut, Settings2, ShieldCheck } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { perform } from '../actions/action.ts';
import { actionById, actions } from '../actions/all.ts';
import { followKeyboard } from '../actions/keyboard.ts';
import { call, describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Mark } from '../components/mark.tsx';
import { Name } from '../components/name.tsx';
import { Pane } from '../panes/pane.tsx';
import { restoreWorkspace } from '../app/restore.ts';
import { openDialog } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';
import { enter, session } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { workspace } from '../workspace/workspace.ts';
import { UploadTray } from './upload-tray.tsx';
import { SelectionBar } from './selection-bar.tsx';

/** The files of an account in a browser: one pane, and files dropped on it go up. */
export function Hosted(): ReactNode {
  const state = useStore(session);
  const { tabs } = useStore(workspace.state, ({ left }) => left);
  useEffect(() => {
    void restoreWorkspace();
    return followKeyboard(actions);
  }, []);
  const logOut = (): void => {
    call('DELETE /session').then(enter, (error: unknown) => notify('error', describe(error)));
  };
  const user = state?.user ?? null;
  return (
    <div className="shell hosted">
      <header className="toolbar">
        <Mark />
        <h1 className="hosted-title">{state?.title}</h1>
        <div className="tools hosted-actions">
          {state?.features.uploads === true && user?.readOnly !== true && (
            <Button
              kind="primary"
              icon={actionById('upload').icon}
              onPress={() => perform(actionById('upload'), 'left')}
            >
              Upload
            </Button>
          )}
          {user?.readOnly !== true && (
            <Button
              icon={actionById('new-folder').icon}
              onPress={() => perform(actionById('new-folder'), 'left')}
            >
              New folder
            </Button>
          )}
          <MenuTrigger>
            <AriaButton className="icon-button" aria-label="Account">
              <CircleUserRound aria-hidden="true" size={19} />
            </AriaButton>
            <Popover className="popover menu" placement="bottom end">
              <Menu aria-label="Account">
                <MenuItem
                  className="menu-item"
                  textValue="Account"
                  onAction={() => openDialog('account', {})}
                >
                  <CircleUserRound aria-hidden="true" size={16} />
                  <span>
                    <Name>{user?.name ?? ''}</Name>
                  </span>
                </MenuItem>
                <MenuItem
                  className="menu-item"
                  textValue="Settings"
                  onAction={() => openDialog('settings', {})}
                >
                  <Settings2 aria-hidden="true" size={16} />
                  <span>Settings</span>
                </MenuItem>
                {state?.features.administration === true && (
                  <MenuItem className="menu-item" textValue="Administration" href="/admin">
                    <ShieldCheck aria-hidden="true" size={16} />
                    <span>Administration</span>
                  </MenuItem>
                )}
                <MenuItem className="menu-item" textValue="Log out" onAction={logOut}>
                  <LogOut aria-hidden="true" size={16} />
                  <span>Log out</span>
                </MenuItem>
              </Menu>
            </Popover>
          </MenuTrigger>
        </div>
      </header>
      <main className="workbench">
        <Pane side="left" title="Files" empty={null} tools={['back', 'forward', 'up']} withTabs={false} />
      </main>
      {tabs[0] !== undefined && <SelectionBar tab={tabs[0]} />}
      <UploadTray />
    </div>
  );
}
