import {
  BookMarked,
  Columns2,
  Command,
  Eye,
  Filter,
  Keyboard,
  Link2,
  ListTree,
  Moon,
  PanelBottom,
  Search,
  Settings,
  Terminal,
  Server,
  Sigma,
  Unplug,
  PlugZap,
} from 'lucide-react';
import { describe, stream } from '../api/call.ts';
import { formatBytes, formatCount } from '../model/format.ts';
import type { Row } from '../model/listing.ts';
import { join, nameOf } from '../model/paths.ts';
import { disconnect, reconnect } from '../state/connections.ts';
import { openDialog } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';
import { prefer, preferences } from '../state/preferences.ts';
import type { Tab } from '../workspace/tab.ts';
import { workspace } from '../workspace/workspace.ts';
import type { Action, ActionContext } from './action.ts';

const twoPanes = ({ features }: ActionContext): boolean => features.connections;
const remote = ({ connection }: ActionContext): boolean => connection?.kind === 'remote';
const themes = { system: 'light', light: 'dark', dark: 'system' } as const;

/** Adds up what the selected entries hold, or every directory on show, and shows it in the list as it becomes known. */
async function measureDirectories(tab: Tab, selected: readonly Row[]): Promise<void> {
  const { place } = tab;
  const { connection, path } = place;
  const chosen = selected.length > 0 ? selected : tab.listing.rows.filter(({ isDirectory }) => isDirectory);
  const paths = chosen.map(({ entry }) => join(path, entry.name));
  if (paths.length === 0) return;
  let [bytes, files] = [0, 0];
  try {
    for await (const line of stream('POST /files/sizes', { body: { connection, paths } })) {
      if (tab.place.connection !== connection || tab.place.path !== path) return;
      const sizes = new Map(tab.state.get().sizes).set(nameOf(line.path), line.bytes);
      tab.state.patch({ sizes });
      if (!line.final) continue;
      bytes += line.bytes;
      files += line.files;
    }
    notify('info', `${formatBytes(bytes)} in ${formatCount(files, 'file')}`);
  } catch (error) {
    notify('error', describe(error));
  }
}

export const viewActions: readonly Action[] = [
  {
    id: 'filter',
    label: 'Filter this directory',
    group: 'View',
    icon: Filter,
    keys: ['Ctrl+F', '/'],
    enabled: ({ tab }) => tab !== null,
    checked: ({ tab }) => tab?.state.get().filterOpen ?? false,
    run: ({ tab }) => {
      if (tab === null) return;
      const { filterOpen } = tab.state.get();
      if (filterOpen) tab.listing.filterBy({ text: '' });
      tab.state.patch({ filterOpen: !filterOpen });
    },
  },
  {
    id: 'hidden',
    label: 'Show hidden files',
    group: 'View',
    icon: Eye,
    keys: ['Ctrl+H'],
    checked: () => preferences.get().hiddenFiles,
    run: () => workspace.showHidden(!preferences.get().hiddenFiles),
  },
  {
    id: 'trees',
    label: 'Directory trees',
    group: 'View',
    icon: ListTree,
    keys: ['Ctrl+T'],
    shown: twoPanes,
    checked: () => preferences.get().trees,
    run: () => prefer({ trees: !preferences.get().trees }),
  },
  {
    id: 'compare',
    label: 'Compare directories',
    group: 'View',
    icon: Columns2,
    keys: ['Ctrl+O'],
    shown: twoPanes,
    checked: () => workspace.state.get().comparing,
    run: () => workspace.state.patch({ comparing: !workspace.state.get().comparing }),
  },
  {
    id: 'synchronised',
    label: 'Synchronised browsing',
    group: 'View',
    icon: Link2,
    keys: ['Ctrl+Y'],
    shown: twoPanes,
    checked: () => workspace.state.get().synchronised,
    run: () => workspace.state.patch({ synchronised: !workspace.state.get().synchronised }),
  },
  {
    id: 'sizes',
    label: 'Size of directories',
    group: 'File',
    icon: Sigma,
    keys: ['Ctrl+Shift+Z'],
    enabled: ({ tab }) => tab !== null,
    run: ({ tab, rows }) => (tab === null ? undefined : measureDirectories(tab, rows)),
  },
  {
    id: 'bottom',
    label: 'Queue and log',
    group: 'View',
    icon: PanelBottom,
    keys: ['Alt+3'],
    shown: ({ features }) => features.queue,
    checked: () => preferences.get().bottomOpen,
    run: () => prefer({ bottomOpen: !preferences.get().bottomOpen }),
  },
  {
    id: 'search',
    label: 'Search files',
    group: 'View',
    icon: Search,
    keys: ['Ctrl+Shift+F', 'Alt+F7'],
    enabled: ({ tab }) => tab !== null,
    run: ({ tab, other }) =>
      openDialog('search', { places: [tab, other].filter((one) => one !== null).map(({ place }) => place) }),
  },
  {
    id: 'site-manager',
    label: 'Site manager',
    group: 'Server',
    icon: Server,
    keys: ['Ctrl+S'],
    shown: ({ features }) => features.sites,
    run: () => openDialog('site-manager', {}),
  },
  {
    id: 'bookmarks',
    label: 'Bookmarks',
    group: 'Go',
    icon: BookMarked,
    keys: ['Ctrl+B'],
    shown: ({ features }) => features.sites,
    run: () => openDialog('bookmarks', {}),
  },
  {
    id: 'reconnect',
    label: 'Reconnect',
    group: 'Server',
    icon: PlugZap,
    shown: remote,
    run: async ({ tab }) => {
      if (tab === null) return;
      try {
        await reconnect(tab.place.connection);
        await tab.refresh();
      } catch (error) {
        notify('error', describe(error));
      }
    },
  },
  {
    id: 'disconnect',
    label: 'Disconnect',
    group: 'Server',
    icon: Unplug,
    shown: remote,
    run: async ({ side, tab, connection }) => {
      if (tab === null || connection === null) return;
      await disconnect(connection.id).catch((error: unknown) => notify('error', describe(error)));
      await workspace.closeTab(side, tab.id);
    },
  },
  {
    id: 'command',
    label: 'Send a command…',
    group: 'Server',
    icon: Terminal,
    shown: ({ connection }) => connection?.capabilities.commands === true && connection.kind === 'remote',
    run: ({ connection }) => {
      if (connection !== null) openDialog('command', { connection: connection.id });
    },
  },
  {
    id: 'palette',
    label: 'Command palette',
    group: 'wherry',
    icon: Command,
    keys: ['Ctrl+K', 'Ctrl+Shift+P'],
    run: () => openDialog('palette', {}),
  },
  {
    id: 'theme',
    label: 'Change the theme',
    group: 'wherry',
    icon: Moon,
    run: () => {
      const theme = themes[preferences.get().theme];
      prefer({ theme });
      notify('info', theme === 'system' ? 'The theme follows the system.' : `The ${theme} theme is on.`);
    },
  },
  {
    id: 'shortcuts',
    label: 'Keyboard shortcuts',
    group: 'wherry',
    icon: Keyboard,
    keys: ['F1', '?'],
    run: () => openDialog('shortcuts', {}),
  },
  {
    id: 'settings',
    label: 'Settings',
    group: 'wherry',
    icon: Settings,
    keys: ['Ctrl+,'],
    run: () => openDialog('settings', {}),
  },
];
