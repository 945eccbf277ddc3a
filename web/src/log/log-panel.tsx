import { Trash2 } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { LogLine } from '#protocols/http/contract/page/log.ts';
import { IconButton } from '../components/button.tsx';
import { Choice } from '../components/fields.tsx';
import { Name } from '../components/name.tsx';
import { useWindow } from '../components/use-window.ts';
import { formatClock } from '../model/format.ts';
import { connections } from '../state/connections.ts';
import { clearLog, log } from '../state/log.ts';
import { useStore } from '../state/store.ts';

const lineHeight = 20;
const labels: Readonly<Record<LogLine['kind'], string>> = {
  status: 'Status',
  command: 'Command',
  reply: 'Reply',
  error: 'Error',
};

/** What is said to servers and what they answer, as it happens. */
export function LogPanel(): ReactNode {
  const lines = useStore(log);
  const known = useStore(connections);
  const [connection, setConnection] = useState('');
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const shown = useMemo(
    () => (connection === '' ? lines : lines.filter((line) => line.connection === connection)),
    [lines, connection],
  );
  const { first, end, scrollTo } = useWindow({
    scroller,
    count: shown.length,
    rowHeight: lineHeight,
    ahead: 20,
  });
  useEffect(() => {
    if (following.current && shown.length > 0) scrollTo(shown.length - 1);
  }, [shown, scrollTo]);
  const options = {
    '': 'All servers',
    ...Object.fromEntries([...known].map(([id, { label }]) => [id, label])),
  };
  return (
    <div className="log-panel">
      <div className="panel-tools">
        <Choice bare label="Server" value={connection} options={options} onChange={setConnection} />
        <IconButton icon={Trash2} label="Clear the log" onPress={() => void clearLog()} />
      </div>
      <div
        ref={scroller}
        className="log-lines"
        role="log"
        aria-label="Messages"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          following.current = scrollHeight - scrollTop - clientHeight < lineHeight * 2;
        }}
      >
        <div className="log-canvas" style={{ height: shown.length * lineHeight }}>
          {shown.slice(first, end).map((line, offset) => {
            const start = (first + offset) * lineHeight;
            return (
              <div
                key={line.number}
                className={`log-line ${line.kind}`}
                style={{ transform: `translateY(${start}px)` }}
              >
                <time>{formatClock(line.at)}</time>
                <span className="log-kind">{labels[line.kind]}</span>
                <Name>{line.text}</Name>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
