import { useQuery } from '@tanstack/react-query';
import { Server } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import {
  Autocomplete,
  Dialog,
  Input,
  Menu,
  MenuItem,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components';
import { contextNow, isEnabled, isShown, perform } from '../actions/action.ts';
import { actions } from '../actions/all.ts';
import { showKeys } from '../actions/keyboard.ts';
import { call } from '../api/call.ts';
import type { DialogComponent } from '../state/dialogs.ts';
import { workspace } from '../workspace/workspace.ts';

/** Everything that can be done, and every saved site, by a few letters of its name. */
export const Palette: DialogComponent<'palette'> = ({ close }) => {
  const { contains } = useFilter({ sensitivity: 'base' });
  const context = contextNow();
  const shown = actions.filter((action) => action.id !== 'palette' && isShown(action, context));
  const { data: store } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
    enabled: context.features.sites,
  });
  const matches = useMemo(
    () => (text: string, input: string) => input.split(/\s+/u).every((word) => contains(text, word)),
    [contains],
  );
  return (
    <ModalOverlay
      className="overlay palette-overlay"
      isOpen
      isDismissable
      onOpenChange={(open) => !open && close()}
    >
      <Modal className="modal palette">
        <Dialog aria-label="Command palette" className="dialog">
          <Autocomplete filter={matches}>
            <SearchField aria-label="Command" autoFocus className="palette-field">
              <Input placeholder="What do you want to do?" />
            </SearchField>
            {/* The field moves through the menu; whoever scrolls by keyboard alone reaches it by Tab. */}
            <div className="palette-list" role="group" aria-label="Commands" tabIndex={0}>
              <Menu aria-label="Commands" className="palette-menu" renderEmptyState={() => <Empty />}>
                {[
                  ...shown.map((action) => (
                    <MenuItem
                      key={action.id}
                      id={action.id}
                      textValue={`${action.label} ${action.group}`}
                      className="menu-item"
                      isDisabled={!isEnabled(action, context)}
                      onAction={() => {
                        close();
                        perform(action);
                      }}
                    >
                      <action.icon aria-hidden="true" size={16} />
                      <span>{action.label}</span>
                      <em className="quiet">{action.group}</em>
                      {action.keys?.[0] !== undefined && <kbd>{showKeys(action.keys[0])}</kbd>}
                    </MenuItem>
                  )),
                  ...(store?.sites ?? []).map((site) => (
                    <MenuItem
                      key={site.id}
                      id={`site-${site.id}`}
                      textValue={`Connect to ${site.name} ${site.host}`}
                      className="menu-item"
                      onAction={() => {
                        close();
                        void workspace.connect({ siteId: site.id });
                      }}
                    >
                      <Server aria-hidden="true" size={16} />
                      <span>Connect to {site.name}</span>
                      <em className="quiet">{site.host}</em>
                    </MenuItem>
                  )),
                ]}
              </Menu>
            </div>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
};

function Empty(): ReactNode {
  return <p className="quiet palette-empty">Nothing is called that.</p>;
}
