import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { contextNow, isEnabled, isShown, perform } from '../actions/action.ts';
import { actionById } from '../actions/all.ts';
import { IconButton } from '../components/button.tsx';
import { formatCount } from '../model/format.ts';
import { useStore } from '../state/store.ts';
import type { Tab } from '../workspace/tab.ts';

const offered = ['download', 'share', 'view', 'rename', 'mode', 'properties', 'delete'];

/** What can be done with what is selected, within reach of a thumb. */
export function SelectionBar({ tab }: { readonly tab: Tab }): ReactNode {
  useStore(tab.state);
  const rows = tab.selectedRows();
  if (rows.length === 0) return null;
  const context = contextNow('left');
  return (
    <div className="selection-bar" role="toolbar" aria-label="What is selected">
      <span>{formatCount(rows.length, 'entry', 'entries')}</span>
      {offered
        .map(actionById)
        .filter((action) => isShown(action, context) && isEnabled(action, context))
        .map((action) => (
          <IconButton
            key={action.id}
            icon={action.icon}
            label={action.label}
            size={19}
            onPress={() => perform(action, 'left')}
          />
        ))}
      <IconButton icon={X} label="Select nothing" onPress={() => tab.state.patch({ selection: new Set() })} />
    </div>
  );
}
