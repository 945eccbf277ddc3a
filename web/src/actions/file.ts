import {
  Eye,
  FilePlus,
  FolderPlus,
  Info,
  KeyRound,
  Link,
  Pencil,
  SquarePen,
  TextCursor,
  Trash2,
} from 'lucide-react';
import { call, describe, stream } from '../api/call.ts';
import { formatCount } from '../model/format.ts';
import { join } from '../model/paths.ts';
import { isPreviewable } from '../model/file-kind.ts';
import { openDialog } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';
import { preferences } from '../state/preferences.ts';
import type { Tab } from '../workspace/tab.ts';
import { workspace } from '../workspace/workspace.ts';
import type { Action, ActionContext } from './action.ts';

const canWrite = ({ connection, tab }: ActionContext): boolean =>
  tab !== null && connection?.capabilities.write === true;
const someSelected = ({ rows }: ActionContext): boolean => rows.length > 0;
const oneFile = ({ rows }: ActionContext): boolean => rows.length === 1 && rows[0]?.isDirectory === false;

/** Does something with the tab's connection and reads its directory again; tells of a failure. */
async function change(tab: Tab, work: () => Promise<unknown>): Promise<void> {
  const { place } = tab;
  try {
    await work();
  } catch (error) {
    notify('error', describe(error));
  }
  await workspace.refresh(place);
}

/** Asks for a name and makes something of it in the directory on show. */
function askName(tab: Tab, title: string, confirm: string, make: (path: string) => Promise<unknown>): void {
  openDialog('prompt', {
    title,
    label: 'Name',
    value: '',
    confirm,
    onConfirm: (name) => {
      tab.focusName = name;
      void change(tab, () => make(join(tab.place.path, name)));
    },
  });
}

/** Gives an entry another name in its directory. */
export async function renameEntry(tab: Tab, from: string, to: string): Promise<void> {
  const { connection, path } = tab.place;
  tab.focusName = to;
  await change(tab, () =>
    call('POST /files/rename', { body: { connection, from: join(path, from), to: join(path, to) } }),
  );
}

async function remove({ tab, rows }: ActionContext): Promise<void> {
  if (tab === null) return;
  const { connection, path } = tab.place;
  const paths = rows.map(({ entry }) => join(path, entry.name));
  let failures = 0;
  await change(tab, async () => {
    for await (const line of stream('POST /files/delete', { body: { connection, paths } })) {
      if (!('failed' in line)) continue;
      failures += 1;
      if (failures <= 3) notify('error', line.failed.message);
    }
  });
  if (failures > 3) notify('error', `${formatCount(failures, 'entry', 'entries')} could not be deleted.`);
}

export const fileActions: readonly Action[] = [
  {
    id: 'view',
    label: 'View',
    group: 'File',
    icon: Eye,
    keys: ['F3'],
    enabled: oneFile,
    run: ({ tab, rows: [row] }) => {
      if (tab === null || row === undefined) return;
      const place = { connection: tab.place.connection, path: join(tab.place.path, row.entry.name) };
      if (!isPreviewable(row.entry.name)) openDialog('editor', { place });
      else {
        const siblings = tab.listing.view.get().rows.map(({ entry }) => entry);
        openDialog('preview', { place, siblings: siblings.filter(({ name }) => isPreviewable(name)) });
      }
    },
  },
  {
    id: 'edit',
    label: 'Edit text',
    group: 'File',
    icon: SquarePen,
    keys: ['F4'],
    enabled: oneFile,
    run: ({ tab, rows: [row] }) => {
      if (tab === null || row === undefined) return;
      openDialog('editor', {
        place: { connection: tab.place.connection, path: join(tab.place.path, row.entry.name) },
      });
    },
  },
  {
    id: 'rename',
    label: 'Rename',
    group: 'File',
    icon: TextCursor,
    keys: ['F2'],
    shown: ({ connection }) => connection?.capabilities.rename ?? true,
    enabled: ({ rows }) => rows.length === 1,
    run: ({ tab, rows: [row] }) => tab?.state.patch({ renaming: row?.id ?? null }),
  },
  {
    id: 'new-folder',
    label: 'New folder',
    group: 'File',
    icon: FolderPlus,
    keys: ['F7'],
    enabled: canWrite,
    run: ({ tab }) => {
      if (tab === null) return;
      const { connection } = tab.place;
      askName(tab, 'New folder', 'Make folder', (path) =>
        call('POST /files/directory', { body: { connection, path } }),
      );
    },
  },
  {
    id: 'new-file',
    label: 'New file',
    group: 'File',
    icon: FilePlus,
    keys: ['Shift+F4'],
    enabled: canWrite,
    run: ({ tab }) => {
      if (tab === null) return;
      const { connection } = tab.place;
      askName(tab, 'New file', 'Make file', (path) =>
        call('POST /files/create', { body: { connection, path } }),
      );
    },
  },
  {
    id: 'new-link',
    label: 'New symbolic link',
    group: 'File',
    icon: Link,
    shown: ({ connection }) => connection?.capabilities.symlinks === true,
    enabled: canWrite,
    run: ({ tab, rows: [row] }) => {
      if (tab === null) return;
      const { connection } = tab.place;
      const target = row?.entry.name ?? '';
      askName(tab, target === '' ? 'New symbolic link' : `Link to ${target}`, 'Make link', (path) =>
        call('POST /files/symlink', { body: { connection, path, target } }),
      );
    },
  },
  {
    id: 'delete',
    label: 'Delete',
    group: 'File',
    icon: Trash2,
    danger: true,
    keys: ['Delete', 'F8'],
    enabled: (context) => canWrite(context) && someSelected(context),
    run: (context) => {
      const [only] = context.rows;
      if (!preferences.get().confirmDelete) return remove(context);
      const directories = context.rows.some(({ isDirectory }) => isDirectory);
      const subject =
        context.rows.length === 1 && only !== undefined
          ? `“${only.entry.name}”`
          : formatCount(context.rows.length, 'entry', 'entries');
      openDialog('confirm', {
        title: `Delete ${subject}?`,
        text: directories
          ? 'Directories go with everything that is in them. This cannot be undone.'
          : 'This cannot be undone.',
        confirm: 'Delete',
        danger: true,
        onConfirm: () => void remove(context),
      });
      return undefined;
    },
  },
  {
    id: 'mode',
    label: 'Change permissions',
    group: 'File',
    icon: KeyRound,
    keys: ['Ctrl+P'],
    shown: ({ connection }) => connection?.capabilities.setMode === true,
    enabled: someSelected,
    run: ({ tab, rows }) => {
      if (tab === null) return;
      const { connection, path } = tab.place;
      openDialog('mode', { connection, directory: path, entries: rows.map(({ entry }) => entry) });
    },
  },
  {
    id: 'properties',
    label: 'Properties',
    group: 'File',
    icon: Info,
    keys: ['Alt+Enter'],
    enabled: someSelected,
    run: ({ tab, rows }) => {
      if (tab === null) return;
      const { connection, path } = tab.place;
      openDialog('properties', { connection, directory: path, entries: rows.map(({ entry }) => entry) });
    },
  },
  {
    id: 'touch',
    label: 'Set the time to now',
    group: 'File',
    icon: Pencil,
    shown: ({ connection }) => connection?.capabilities.setTimes === true,
    enabled: someSelected,
    run: async ({ tab, rows }) => {
      if (tab === null) return;
      const { connection, path } = tab.place;
      await change(tab, async () => {
        for (const { entry } of rows) {
          await call('POST /files/times', {
            body: { connection, path: join(path, entry.name), modifiedAt: Date.now() },
          });
        }
      });
    },
  },
];
