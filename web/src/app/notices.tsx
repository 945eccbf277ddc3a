import { CircleAlert, CircleCheck, Info, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { displayName } from '../model/display-name.ts';
import { dismiss, notices, type Notice } from '../state/notices.ts';
import { useStore } from '../state/store.ts';

const icons = { info: Info, success: CircleCheck, error: CircleAlert } as const;

/** Short messages in the corner, read out as they come. */
export function Notices(): ReactNode {
  const shown = useStore(notices);
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice: { id, kind, text, action } }: { readonly notice: Notice }): ReactNode {
  const Icon = icons[kind];
  return (
    <div className={`notice ${kind}`}>
      <Icon aria-hidden="true" size={17} />
      {/* Messages of servers hold names, and those hold anything. */}
      <span>{displayName(text)}</span>
      {action !== undefined && (
        <button type="button" onClick={action.run}>
          {action.label}
        </button>
      )}
      <button type="button" className="notice-close" aria-label="Dismiss" onClick={() => dismiss(id)}>
        <X aria-hidden="true" size={14} />
      </button>
    </div>
  );
}
