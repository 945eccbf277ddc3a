import { useQuery } from '@tanstack/react-query';
import { History, Plus, Server } from 'lucide-react';
import type { ReactNode } from 'react';
import { call } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Name } from '../components/name.tsx';
import type { SavedTab } from '../state/preferences.ts';
import { useStore } from '../state/store.ts';
import { openDialog } from '../state/dialogs.ts';
import { workspace } from '../workspace/workspace.ts';
import { lastTabs } from './restore.ts';

/** What an empty pane offers: the saved sites, ready to be opened. */
export function Welcome(): ReactNode {
  const { data: store } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
  });
  const sites = store?.sites ?? [];
  const last = useStore(lastTabs);
  const nameOfTab = ({ connection }: SavedTab): string =>
    typeof connection === 'string'
      ? connection
      : 'siteId' in connection
        ? (sites.find(({ id }) => id === connection.siteId)?.name ?? 'a site')
        : connection.address;
  const openAgain = ({ connection, path }: SavedTab): void => {
    if (typeof connection !== 'string') void workspace.connect(connection, { path });
  };
  return (
    <div className="welcome">
      <Server aria-hidden="true" size={34} strokeWidth={1.25} />
      <h2>Connect to a server</h2>
      <p>Enter an address above, or open a saved site.</p>
      {last.length > 0 && (
        <ul aria-label="Open before">
          {last.slice(0, 4).map((tab) => (
            <li key={`${nameOfTab(tab)} ${tab.path}`}>
              <button type="button" onClick={() => openAgain(tab)}>
                <History aria-hidden="true" size={15} />
                <Name>{nameOfTab(tab)}</Name>
                <span className="quiet">
                  <Name>{tab.path}</Name>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {sites.length > 0 && (
        <ul>
          {sites.slice(0, 6).map((site) => (
            <li key={site.id}>
              <button type="button" onClick={() => void workspace.connect({ siteId: site.id })}>
                <span className={`site-dot ${site.colour}`} aria-hidden="true" />
                <span>{site.name}</span>
                <span className="quiet">
                  {site.protocol}://{site.host}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <Button icon={Plus} onPress={() => openDialog('site-manager', {})}>
        Site manager
      </Button>
    </div>
  );
}
