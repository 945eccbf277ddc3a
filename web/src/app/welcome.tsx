import { useQuery } from '@tanstack/react-query';
import { Plus, Server } from 'lucide-react';
import type { ReactNode } from 'react';
import { call } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { openDialog } from '../state/dialogs.ts';
import { workspace } from '../workspace/workspace.ts';

/** What an empty pane offers: the saved sites, ready to be opened. */
export function Welcome(): ReactNode {
  const { data: store } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
  });
  const sites = store?.sites ?? [];
  return (
    <div className="welcome">
      <Server aria-hidden="true" size={34} strokeWidth={1.25} />
      <h2>Connect to a server</h2>
      <p>Enter an address above, or open a saved site.</p>
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
