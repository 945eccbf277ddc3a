import {
  ArrowRightLeft,
  ClipboardCopy,
  ClipboardPaste,
  Copy,
  Download,
  FileArchive,
  FolderSync,
  MoveRight,
  Scissors,
  Share2,
  Upload,
} from 'lucide-react';
import { call, describe } from '../api/call.ts';
import { displayName } from '../model/display-name.ts';
import { formatCount } from '../model/format.ts';
import { join } from '../model/paths.ts';
import { openDialog } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';
import { chooseFiles } from '../uploads/choose-files.ts';
import { workspace } from '../workspace/workspace.ts';
import type { Action, ActionContext } from './action.ts';

const someSelected = ({ rows }: ActionContext): boolean => rows.length > 0;
const bothSides = (context: ActionContext): boolean => someSelected(context) && context.other !== null;
const inQueue = ({ features }: ActionContext): boolean => features.queue;

function toOther(
  { tab, other, rows }: ActionContext,
  move: boolean,
  paused = false,
): Promise<void> | undefined {
  if (tab === null || other === null) return undefined;
  const entries = rows.map(({ entry }) => entry);
  return workspace.transfer(tab.place, entries, other.place, { move, paused });
}

/** Lets the browser fetch the selection: one file as it is, more as an archive made on the way. */
async function download({ tab, rows }: ActionContext): Promise<void> {
  if (tab === null) return;
  const { connection, path } = tab.place;
  const paths = rows.map(({ entry }) => join(path, entry.name));
  const plain = rows.length === 1 && rows[0]?.isDirectory === false;
  try {
    const { url } = await call('POST /files/ticket', {
      body: { connection, paths, disposition: 'attachment', ...(plain ? {} : { archive: 'zip' }) },
    });
    const link = document.createElement('a');
    link.href = url;
    link.download = '';
    link.click();
  } catch (error) {
    notify('error', describe(error));
  }
}

function take(move: boolean): (context: ActionContext) => void {
  return ({ tab, rows }) => {
    if (tab === null) return;
    const entries = rows.map(({ entry }) => entry);
    workspace.state.patch({ clipboard: { place: tab.place, entries, move } });
    notify(
      'info',
      `${formatCount(entries.length, 'entry', 'entries')} ready to ${move ? 'move' : 'copy'}: paste where it should go.`,
    );
  };
}

export const transferActions: readonly Action[] = [
  {
    id: 'copy-other',
    label: 'Copy to the other side',
    group: 'Transfer',
    icon: ArrowRightLeft,
    keys: ['F5'],
    shown: inQueue,
    enabled: bothSides,
    run: (context) => toOther(context, false),
  },
  {
    id: 'move-other',
    label: 'Move to the other side',
    group: 'Transfer',
    icon: MoveRight,
    keys: ['F6'],
    shown: inQueue,
    enabled: bothSides,
    run: (context) => toOther(context, true),
  },
  {
    id: 'queue-other',
    label: 'Add to the queue',
    group: 'Transfer',
    icon: ClipboardCopy,
    keys: ['Shift+F5'],
    shown: inQueue,
    enabled: bothSides,
    run: (context) => toOther(context, false, true),
  },
  {
    id: 'download',
    label: 'Download',
    group: 'Transfer',
    icon: Download,
    keys: ['Ctrl+Shift+S'],
    shown: ({ features }) => !features.localDisk,
    enabled: ({ rows, features }) =>
      rows.length > 0 && (features.archives || (rows.length === 1 && rows[0]?.isDirectory === false)),
    run: download,
  },
  {
    id: 'archive',
    label: 'Download as zip',
    group: 'Transfer',
    icon: FileArchive,
    shown: ({ features }) => features.archives && !features.localDisk,
    enabled: someSelected,
    run: async ({ tab, rows }) => {
      if (tab === null) return;
      const { connection, path } = tab.place;
      const paths = rows.map(({ entry }) => join(path, entry.name));
      try {
        const body = { connection, paths, disposition: 'attachment', archive: 'zip' } as const;
        location.assign((await call('POST /files/ticket', { body })).url);
      } catch (error) {
        notify('error', describe(error));
      }
    },
  },
  {
    id: 'upload',
    label: 'Upload files',
    group: 'Transfer',
    icon: Upload,
    keys: ['Ctrl+U'],
    shown: ({ features }) => features.uploads && !features.localDisk,
    enabled: ({ connection }) => connection?.capabilities.write === true,
    run: ({ tab }) => (tab === null ? undefined : chooseFiles(tab.place)),
  },
  {
    id: 'share',
    label: 'Share by link',
    group: 'Transfer',
    icon: Share2,
    shown: ({ features }) => features.shares,
    enabled: ({ tab, rows }) => tab !== null && rows.length <= 1,
    run: ({ tab, rows: [row] }) => {
      if (tab === null) return;
      openDialog('share', {
        path: row === undefined ? tab.place.path : join(tab.place.path, row.entry.name),
        isFile: row?.isDirectory === false,
      });
    },
  },
  {
    id: 'clip-copy',
    label: 'Copy',
    group: 'Edit',
    icon: Copy,
    keys: ['Ctrl+C'],
    shown: inQueue,
    enabled: someSelected,
    run: take(false),
  },
  {
    id: 'clip-cut',
    label: 'Cut',
    group: 'Edit',
    icon: Scissors,
    keys: ['Ctrl+X'],
    shown: inQueue,
    enabled: someSelected,
    run: take(true),
  },
  {
    id: 'clip-paste',
    label: 'Paste',
    group: 'Edit',
    icon: ClipboardPaste,
    keys: ['Ctrl+V'],
    shown: inQueue,
    enabled: ({ tab }) => tab !== null && workspace.state.get().clipboard !== null,
    run: async ({ tab }) => {
      const { clipboard } = workspace.state.get();
      if (clipboard === null || tab === null) return;
      const { place, entries, move } = clipboard;
      await workspace.transfer(place, entries, tab.place, { move });
      if (move) workspace.state.patch({ clipboard: null });
    },
  },
  {
    id: 'copy-names',
    label: 'Copy names as text',
    group: 'Edit',
    icon: ClipboardCopy,
    keys: ['Ctrl+Shift+C'],
    enabled: someSelected,
    run: async ({ rows, tab }) => {
      const text = rows.map(({ entry }) => displayName(join(tab?.place.path ?? '/', entry.name))).join('\n');
      await navigator.clipboard.writeText(text);
      notify('success', `${formatCount(rows.length, 'path')} copied.`);
    },
  },
  {
    id: 'synchronise',
    label: 'Mirror or synchronise…',
    group: 'Transfer',
    icon: FolderSync,
    keys: ['Ctrl+Shift+Y'],
    shown: inQueue,
    enabled: () => workspace.tab('left') !== null && workspace.tab('right') !== null,
    run: () => {
      const left = workspace.tab('left');
      const right = workspace.tab('right');
      if (left !== null && right !== null)
        openDialog('synchronise', { left: left.place, right: right.place });
    },
  },
];
