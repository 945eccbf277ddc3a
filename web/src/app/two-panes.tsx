import { useEffect, useRef, type ReactNode } from 'react';
import { followKeyboard } from '../actions/keyboard.ts';
import { actions } from '../actions/all.ts';
import { Splitter } from '../components/splitter.tsx';
import { Pane } from '../panes/pane.tsx';
import { readLog } from '../state/log.ts';
import { prefer, preferences } from '../state/preferences.ts';
import { readQueue } from '../state/queue.ts';
import { socketState } from '../api/socket.ts';
import { createStore, useStore } from '../state/store.ts';
import { Bottom } from './bottom.tsx';
import { restoreWorkspace } from './restore.ts';
import { Toolbar } from './toolbar.tsx';
import { Welcome } from './welcome.tsx';

const tools = ['back', 'forward', 'up'];

/** How much of the width the left pane has. */
const leftShare = createStore(0.5);

/** The program of `wherry ui`: this machine's disk on the left, a server on the right, the queue below. */
export function TwoPanes(): ReactNode {
  const { bottomOpen, bottomShare } = useStore(preferences);
  const left = useStore(leftShare);
  const panes = useRef<HTMLDivElement>(null);
  const main = useRef<HTMLElement>(null);
  const lost = useStore(socketState) === 'lost';
  useEffect(() => {
    void restoreWorkspace();
    void readLog().catch(() => undefined);
    return followKeyboard(actions);
  }, []);
  useEffect(() => {
    if (!lost) void readQueue();
  }, [lost]);
  return (
    <div className="shell">
      <Toolbar />
      {lost && (
        <p className="banner" role="alert">
          wherry does not answer. What is in its queue goes on or waits there; this page tries to reach it
          again.
        </p>
      )}
      <main
        className="workbench"
        ref={main}
        style={{
          gridTemplateRows: bottomOpen
            ? `minmax(0, ${1 - bottomShare}fr) auto minmax(0, ${bottomShare}fr)`
            : 'minmax(0, 1fr)',
        }}
      >
        <div
          className="panes"
          ref={panes}
          style={{ gridTemplateColumns: `minmax(0, ${left}fr) auto minmax(0, ${1 - left}fr)` }}
        >
          <Pane side="left" title="Left pane" empty={null} tools={tools} withTabs />
          <Splitter
            label="Width of the panes"
            orientation="vertical"
            value={left}
            container={panes}
            onChange={(share) => leftShare.set(share)}
          />
          <Pane side="right" title="Right pane" empty={<Welcome />} tools={tools} withTabs />
        </div>
        {bottomOpen && (
          <>
            <Splitter
              label="Height of queue and log"
              orientation="horizontal"
              value={1 - bottomShare}
              container={main}
              onChange={(share) => prefer({ bottomShare: 1 - share })}
            />
            <Bottom />
          </>
        )}
      </main>
    </div>
  );
}
