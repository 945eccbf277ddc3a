import { CloudOff, EyeOff, FolderOpen, LoaderCircle, Lock, PlugZap, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ConnectionRecord } from '#protocols/http/contract/page/files.ts';
import { Button } from '../components/button.tsx';
import type { ListingView } from '../model/listing.ts';
import { reconnect } from '../state/connections.ts';
import { notify } from '../state/notices.ts';
import { describe } from '../api/call.ts';
import type { Tab } from '../workspace/tab.ts';
import { workspace } from '../workspace/workspace.ts';

interface ListingProblemProps {
  readonly tab: Tab;
  readonly view: ListingView;
  readonly connection: ConnectionRecord | null;
}

/** What stands in an empty list: that it is being read, is empty, is filtered away, or could not be read and why. */
export function ListingProblem({ tab, view, connection }: ListingProblemProps): ReactNode {
  if (connection !== null && (connection.state === 'lost' || connection.state === 'failed')) {
    return (
      <Problem icon={<CloudOff />} title="The connection is gone" text={connection.error?.message}>
        <Button
          icon={PlugZap}
          onPress={() => {
            reconnect(connection.id)
              .then(() => tab.refresh())
              .catch((error: unknown) => notify('error', describe(error)));
          }}
        >
          Reconnect
        </Button>
      </Problem>
    );
  }
  if (view.status === 'failed') {
    const denied = view.error?.code === 'permission';
    return (
      <Problem
        icon={denied ? <Lock /> : <CloudOff />}
        title={denied ? 'You may not look in here' : 'This directory cannot be read'}
        text={view.error?.message}
      >
        <Button onPress={() => void tab.refresh()}>Try again</Button>
      </Problem>
    );
  }
  if (view.status === 'loading')
    return <Problem icon={<LoaderCircle className="turning" />} title="Reading …" />;
  const { text, also, hidden } = tab.listing.filter;
  if (view.total > 0 && text === '' && also === null && !hidden) {
    return (
      <Problem icon={<EyeOff />} title="There are only hidden files here">
        <Button onPress={() => workspace.showHidden(true)}>Show them</Button>
      </Problem>
    );
  }
  if (view.total > 0) {
    return (
      <Problem icon={<SearchX />} title="Nothing here passes the filter">
        <Button onPress={() => tab.listing.filterBy({ text: '', also: null })}>Clear the filter</Button>
      </Problem>
    );
  }
  return <Problem icon={<FolderOpen />} title="This directory is empty" />;
}

interface ProblemProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text?: string | undefined;
  readonly children?: ReactNode;
}

export function Problem({ icon, title, text, children }: ProblemProps): ReactNode {
  return (
    <div className="problem">
      <span className="problem-icon" aria-hidden="true">
        {icon}
      </span>
      <strong>{title}</strong>
      {text !== undefined && <p>{text}</p>}
      {children}
    </div>
  );
}
