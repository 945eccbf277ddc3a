import { lazy, Suspense, useState, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { Overall } from '../queue/overall.tsx';
import { QueueControls } from '../queue/queue-controls.tsx';
import { QueuePanel } from '../queue/queue-panel.tsx';
import { queue } from '../state/queue.ts';
import { useStore } from '../state/store.ts';

const LogPanel = lazy(async () => ({ default: (await import('../log/log-panel.tsx')).LogPanel }));

/** Queue and log below the panes. */
export function Bottom(): ReactNode {
  const { queued, failed, done } = useStore(queue);
  const [tab, setTab] = useState('queued');
  return (
    <section className="bottom" aria-label="Transfers and messages">
      <Tabs className="bottom-content" selectedKey={tab} onSelectionChange={(key) => setTab(String(key))}>
        <div className="bottom-bar">
          <TabList aria-label="Queue and log" className="bottom-tabs">
            <Tab id="queued">
              Queued <Count value={queued.length} />
            </Tab>
            <Tab id="failed">
              Failed <Count value={failed.length} tone="bad" />
            </Tab>
            <Tab id="done">
              Done <Count value={done.length} tone="good" />
            </Tab>
            <Tab id="log">Log</Tab>
          </TabList>
        </div>
        <TabPanel id="queued">
          <QueuePanel tab="queued" />
        </TabPanel>
        <TabPanel id="failed">
          <QueuePanel tab="failed" />
        </TabPanel>
        <TabPanel id="done">
          <QueuePanel tab="done" />
        </TabPanel>
        <TabPanel id="log">
          <Suspense fallback={null}>
            <LogPanel />
          </Suspense>
        </TabPanel>
      </Tabs>
      {/* Beside the tabs: React Aria draws what is within them twice, to know which tabs there are. */}
      <div className="bottom-extra">
        <Overall />
        <QueueControls />
      </div>
    </section>
  );
}

function Count({
  value,
  tone = '',
}: {
  readonly value: number;
  readonly tone?: 'good' | 'bad' | '';
}): ReactNode {
  return value === 0 ? null : <span className={`count ${tone}`}>{value.toLocaleString('en-GB')}</span>;
}
