import { call } from '../api/call.ts';
import { createStore } from './store.ts';

export type ColumnId = 'size' | 'type' | 'modified' | 'mode' | 'owner';

/** What the page remembers between two starts. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  readonly hiddenFiles: boolean;
  readonly trees: boolean;
  readonly columns: readonly ColumnId[];
  readonly density: 'comfortable' | 'compact';
  readonly bottomOpen: boolean;
  readonly bottomShare: number;
  readonly compareBy: 'size' | 'time';
  readonly compareToleranceMinutes: number;
  readonly hideIdentical: boolean;
  readonly confirmDelete: boolean;
  readonly recentAddresses: readonly string[];
  readonly tabs: Readonly<Record<string, readonly SavedTab[]>>;
}

/** An open tab, enough to open it again: a site or an address never has a password in it. */
export interface SavedTab {
  readonly connection: 'local' | 'account' | { readonly siteId: string } | { readonly address: string };
  readonly path: string;
}

const defaults: Preferences = {
  theme: 'system',
  hiddenFiles: false,
  trees: true,
  columns: ['size', 'modified', 'mode'],
  density: 'comfortable',
  bottomOpen: true,
  bottomShare: 0.3,
  compareBy: 'size',
  compareToleranceMinutes: 1,
  hideIdentical: false,
  confirmDelete: true,
  recentAddresses: [],
  tabs: {},
};

const saveDelayMs = 800;

export const preferences = createStore<Preferences>(defaults);

let saving: number | undefined;
let loaded = false;

/** Changes some preferences and keeps them at the backend. */
export function prefer(changes: Partial<Preferences>): void {
  preferences.patch(changes);
  if (!loaded) return;
  window.clearTimeout(saving);
  saving = window.setTimeout(() => {
    // A preference that is not kept is no reason to disturb anybody.
    call('PUT /preferences', { body: { page: { ...preferences.get() } } }).catch(() => undefined);
  }, saveDelayMs);
}

export async function readPreferences(): Promise<void> {
  const { page } = await call('GET /preferences');
  const known = Object.keys(defaults);
  const kept = Object.entries(page ?? {}).filter(([key]) => known.includes(key));
  preferences.set({ ...defaults, ...(Object.fromEntries(kept) as Partial<Preferences>) });
  loaded = true;
}

/** Applies the theme to the document as long as the page lives. */
export function followTheme(): void {
  const apply = (): void => {
    const { theme, density } = preferences.get();
    document.documentElement.dataset['theme'] = theme;
    document.documentElement.dataset['density'] = density;
  };
  preferences.subscribe(apply);
  apply();
}
