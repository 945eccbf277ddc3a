import { ChevronRight } from 'lucide-react';
import { memo, useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { stream } from '../api/call.ts';
import { Name } from '../components/name.tsx';
import { isDirectoryLike } from '../model/listing.ts';
import { crumbs, join, resolve } from '../model/paths.ts';
import { useStore } from '../state/store.ts';
import type { Tab } from '../workspace/tab.ts';
import { workspace, type Side } from '../workspace/workspace.ts';

interface PathBarProps {
  readonly side: Side;
  readonly tab: Tab;
}

/** The path as steps to press, or, after a press beside them, as a field with completion. */
export const PathBar = memo(PathBarInner);

function PathBarInner({ side, tab }: PathBarProps): ReactNode {
  const path = useStore(tab.state, (state) => state.path);
  const [editing, setEditing] = useState(false);
  const bar = useRef<HTMLOListElement>(null);
  useEffect(() => {
    // The end of a long path matters most.
    if (bar.current !== null) bar.current.scrollLeft = bar.current.scrollWidth;
  }, [path, editing]);
  if (editing) return <PathField side={side} tab={tab} close={() => setEditing(false)} />;
  const steps = crumbs(path);
  return (
    <nav className="path-bar" aria-label="Path">
      <ol ref={bar}>
        {steps.map((step, index) => (
          <li key={step.path}>
            {index > 1 && <ChevronRight aria-hidden="true" size={13} />}
            <button
              type="button"
              {...(index === steps.length - 1 ? { 'aria-current': 'location' as const } : {})}
              onClick={() => void workspace.navigate(side, step.path)}
            >
              <Name>{step.name}</Name>
            </button>
          </li>
        ))}
      </ol>
      <button
        type="button"
        className="path-edit"
        aria-label="Enter a path"
        onClick={() => setEditing(true)}
      />
    </nav>
  );
}

/** Completions shown at once. */
const shownCompletions = 8;

function PathField({ side, tab, close }: PathBarProps & { readonly close: () => void }): ReactNode {
  const [value, setValue] = useState(() => tab.place.path);
  const [chosen, setChosen] = useState(-1);
  const completions = useCompletions(tab, value);
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const go = (path: string): void => {
    close();
    void workspace.navigate(side, resolve(tab.place.path, path));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen((index) => Math.max(-1, Math.min(completions.length - 1, index + step)));
    } else if (event.key === 'Tab' && completions.length > 0) {
      event.preventDefault();
      setValue(`${completions[Math.max(0, chosen)]}/`);
      setChosen(-1);
    } else if (event.key === 'Enter') go(completions[chosen] ?? value);
    else if (event.key === 'Escape') close();
  };
  return (
    <div className="path-bar editing">
      <input
        ref={input}
        value={value}
        spellCheck={false}
        aria-label="Path"
        role="combobox"
        aria-expanded={completions.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        {...(chosen >= 0 ? { 'aria-activedescendant': `${listId}-${chosen}` } : {})}
        onChange={(event) => {
          setValue(event.target.value);
          setChosen(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {completions.length > 0 && (
        <ul className="path-completions" role="listbox" aria-label="Directories" id={listId}>
          {completions.map((path, index) => (
            <li
              key={path}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === chosen}
              onPointerDown={(event) => {
                event.preventDefault();
                go(path);
              }}
            >
              <Name>{path}</Name>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Directories that begin as the text does; their parent is read once. */
function useCompletions(tab: Tab, value: string): readonly string[] {
  const cut = value.lastIndexOf('/') + 1;
  const parent = resolve(tab.place.path, value.slice(0, cut) || '.');
  const prefix = value.slice(cut).toLowerCase();
  const [read, setRead] = useState<{ readonly parent: string; readonly names: readonly string[] } | null>(
    null,
  );
  useEffect(() => {
    const reading = new AbortController();
    const { connection } = tab.place;
    void (async () => {
      const names: string[] = [];
      const options = { body: { connection, path: parent }, signal: reading.signal };
      for await (const { entries } of stream('POST /files/list', options)) {
        for (const entry of entries) if (isDirectoryLike(entry)) names.push(entry.name);
      }
      setRead({ parent, names: names.sort() });
    })().catch(() => undefined);
    return () => reading.abort();
  }, [tab, parent]);
  if (read === null || read.parent !== parent || (prefix === '' && value === tab.place.path)) return [];
  return read.names
    .filter((name) => name.toLowerCase().startsWith(prefix))
    .slice(0, shownCompletions)
    .map((name) => join(parent, name));
}
