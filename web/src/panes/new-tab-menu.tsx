import { useQuery } from '@tanstack/react-query';
import { CopyPlus, HardDrive, Plug, Server } from 'lucide-react';
import type { ReactNode } from 'react';
import { MenuItem, MenuSection, Separator } from 'react-aria-components';
import { call } from '../api/call.ts';
import { PointMenu } from '../components/action-menu.tsx';
import { connections } from '../state/connections.ts';
import { openDialog } from '../state/dialogs.ts';
import { useStore } from '../state/store.ts';
import { openSite } from '../sites/open-site.ts';
import { workspace, type Side } from '../workspace/workspace.ts';

/** Sites listed here; more are in the site manager. */
const shownSites = 10;

interface NewTabMenuProps {
  readonly side: Side;
  readonly point: { readonly x: number; readonly y: number };
  readonly close: () => void;
}

/** What a new tab of a pane can show: this directory again, an open connection, a saved site. */
export function NewTabMenu({ side, point, close }: NewTabMenuProps): ReactNode {
  const open = useStore(connections);
  const { data: store } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
  });
  const here = workspace.tab(side)?.place;
  const ready = [...open.values()].filter(({ state }) => state === 'ready');
  const sites = (store?.sites ?? []).slice(0, shownSites);
  return (
    <PointMenu point={point} close={close} label="New tab">
      <MenuSection aria-label="Open now">
        {here !== undefined && (
          <MenuItem
            className="menu-item"
            textValue="This directory"
            onAction={() => void workspace.openTab(side, here)}
          >
            <CopyPlus aria-hidden="true" size={16} />
            <span>This directory</span>
          </MenuItem>
        )}
        {ready.map(({ id, kind, label, home }) => (
          <MenuItem
            key={id}
            className="menu-item"
            textValue={label}
            onAction={() => void workspace.openTab(side, { connection: id, path: home })}
          >
            {kind === 'local' ? (
              <HardDrive aria-hidden="true" size={16} />
            ) : (
              <Plug aria-hidden="true" size={16} />
            )}
            <span>{label}</span>
          </MenuItem>
        ))}
      </MenuSection>
      <MenuSection aria-label="Saved sites">
        <Separator className="menu-line" />
        {sites.map((site) => (
          <MenuItem
            key={site.id}
            className="menu-item"
            textValue={site.name}
            onAction={() => void openSite(site, side)}
          >
            <span className={`site-dot ${site.colour}`} aria-hidden="true" />
            <span>{site.name}</span>
          </MenuItem>
        ))}
        <MenuItem
          className="menu-item"
          textValue="Site manager"
          onAction={() => openDialog('site-manager', { side })}
        >
          <Server aria-hidden="true" size={16} />
          <span>Site manager…</span>
        </MenuItem>
      </MenuSection>
    </PointMenu>
  );
}
