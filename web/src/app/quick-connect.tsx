import { useQuery } from '@tanstack/react-query';
import { ArrowRight, Globe, Star } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { call } from '../api/call.ts';
import { Name } from '../components/name.tsx';
import { preferences } from '../state/preferences.ts';
import { useStore } from '../state/store.ts';
import { workspace } from '../workspace/workspace.ts';

interface Suggestion {
  readonly key: string;
  readonly label: string;
  readonly detail: string;
  readonly siteId: string | null;
}

/** Suggestions shown at once. */
const shownSuggestions = 8;

/** A field for any address, with saved sites and earlier addresses as suggestions. */
export function QuickConnect(): ReactNode {
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [busy, setBusy] = useState(false);
  const listId = useId();
  const recent = useStore(preferences, ({ recentAddresses }) => recentAddresses);
  const { data: store } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
    enabled: open,
  });
  const wanted = text.trim().toLowerCase();
  const suggestions: readonly Suggestion[] = [
    ...(store?.sites ?? []).map(({ id, name, host }) => ({ key: id, label: name, detail: host, siteId: id })),
    ...recent.map((address) => ({ key: address, label: address, detail: '', siteId: null })),
  ]
    .filter(({ label, detail }) => `${label} ${detail}`.toLowerCase().includes(wanted))
    .slice(0, shownSuggestions);

  const go = async (suggestion: Suggestion | undefined): Promise<void> => {
    const address = suggestion === undefined ? text.trim() : suggestion.label;
    if (address === '') return;
    setOpen(false);
    setBusy(true);
    const siteId = suggestion?.siteId ?? null;
    const isOpen = await workspace.connect(siteId === null ? { address: withScheme(address) } : { siteId });
    setBusy(false);
    // An address with a mistake in it is mended, not written once more.
    if (isOpen) setText('');
  };
  return (
    <form
      className="quick-connect"
      onSubmit={(event) => {
        event.preventDefault();
        void go(suggestions[chosen]);
      }}
    >
      <Globe aria-hidden="true" size={16} />
      <input
        value={text}
        placeholder="Connect: sftp://user@host, ftpes://host, or a saved site"
        aria-label="Address to connect to"
        role="combobox"
        aria-expanded={open && suggestions.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        {...(chosen >= 0 ? { 'aria-activedescendant': `${listId}-${chosen}` } : {})}
        autoComplete="off"
        spellCheck={false}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(-1);
          setOpen(true);
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (event.key === 'Escape') setOpen(false);
          if (step === 0) return;
          event.preventDefault();
          setChosen((index) => Math.max(-1, Math.min(suggestions.length - 1, index + step)));
        }}
      />
      <button type="submit" aria-label="Connect" disabled={busy || text.trim() === ''}>
        {busy ? <span className="spinner" aria-hidden="true" /> : <ArrowRight aria-hidden="true" size={16} />}
      </button>
      {open && suggestions.length > 0 && (
        <ul id={listId} role="listbox" aria-label="Sites and addresses" className="suggestions">
          {suggestions.map((suggestion, index) => (
            <li
              key={suggestion.key}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === chosen}
              onPointerDown={(event) => {
                event.preventDefault();
                void go(suggestion);
              }}
            >
              {suggestion.siteId === null ? (
                <Globe aria-hidden="true" size={15} />
              ) : (
                <Star aria-hidden="true" size={15} />
              )}
              <Name>{suggestion.label}</Name>
              <span className="quiet">{suggestion.detail}</span>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

/** A host without a scheme means FTP with TLS when the server offers it, as in every FTP client. */
function withScheme(address: string): string {
  return /^[a-z+]+:\/\//iu.test(address) ? address : `ftp://${address}`;
}
