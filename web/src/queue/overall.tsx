import { useEffect, type ReactNode } from 'react';
import { Progress } from '../components/progress.tsx';
import { formatBytes, formatCount, formatDuration, formatRate } from '../model/format.ts';
import { totals } from '../state/queue.ts';
import { session } from '../state/session.ts';
import { useStore } from '../state/store.ts';

/** The whole queue in one line; its share stands in the title of the window as well. */
export function Overall(): ReactNode {
  const { active, queued, remainingBytes, sessionDoneBytes, sessionTotalBytes, bytesPerSecond } =
    useStore(totals);
  const title = useStore(session)?.title ?? 'wherry';
  const busy = active + queued > 0;
  const share = sessionTotalBytes === 0 ? 0 : sessionDoneBytes / sessionTotalBytes;
  useEffect(() => {
    document.title = busy ? `${Math.floor(share * 100)} % · ${title}` : title;
  }, [busy, share, title]);
  if (!busy) return <span className="overall quiet">No transfers</span>;
  return (
    <span className="overall">
      <span>{formatCount(active + queued, 'transfer')}</span>
      <Progress label="All transfers" value={share} />
      <span>{formatBytes(remainingBytes)} left</span>
      <span>{formatRate(bytesPerSecond)}</span>
      <span>{bytesPerSecond > 0 ? formatDuration(remainingBytes / bytesPerSecond) : '–'}</span>
    </span>
  );
}
