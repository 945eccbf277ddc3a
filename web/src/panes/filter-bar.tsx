import { X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { IconButton } from '../components/button.tsx';
import { useStore } from '../state/store.ts';
import type { Tab } from '../workspace/tab.ts';

/** Shows only names with this text in them, or that match it when it has a `*` or `?`. */
export function FilterBar({ tab }: { readonly tab: Tab }): ReactNode {
  useStore(tab.listing.view);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const close = (): void => {
    tab.listing.filterBy({ text: '' });
    tab.state.patch({ filterOpen: false });
  };
  return (
    <search className="filter-bar">
      <input
        ref={input}
        type="text"
        aria-label="Filter"
        placeholder="Filter: part of a name, or *.jpg"
        spellCheck={false}
        value={tab.listing.filter.text}
        onChange={(event) => tab.listing.filterBy({ text: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') close();
        }}
      />
      <IconButton icon={X} size={15} label="Close the filter" onPress={close} />
    </search>
  );
}
