import { Copy, FolderPlus, Pencil, Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { SiteFolder, SiteRecord, SiteStore } from '#protocols/http/contract/page/sites.ts';
import { call } from '../api/call.ts';
import { IconButton } from '../components/button.tsx';
import { openDialog } from '../state/dialogs.ts';

interface SiteToolsProps {
  readonly store: SiteStore;
  /** What is chosen: a site, a folder, or neither. */
  readonly saved: SiteRecord | null;
  readonly folder: SiteFolder | null;
  /** Does it, shows the sites anew, and tells of a failure by null. */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result | null>;
  readonly add: () => void;
  readonly show: (id: string | null) => void;
}

/** What can be done with sites and folders as a whole. */
export function SiteTools({ store, saved, folder, run, add, show }: SiteToolsProps): ReactNode {
  const addFolder = (): void =>
    openDialog('prompt', {
      title: 'New folder',
      label: 'Name',
      value: '',
      confirm: 'Make folder',
      onConfirm: (name) =>
        void run(() => call('POST /folders', { body: { name, parentId: folder?.id ?? null } })),
    });
  const rename = ({ id, name, parentId }: SiteFolder): void =>
    openDialog('prompt', {
      title: 'Rename the folder',
      label: 'Name',
      value: name,
      confirm: 'Rename',
      onConfirm: (next) =>
        void run(() =>
          call('PUT /folders/:folder', { params: { folder: id }, body: { name: next, parentId } }),
        ).then((renamed) => renamed !== null && show(renamed.id)),
    });
  const remove = (): void =>
    openDialog('confirm', {
      title: `Delete “${saved?.name ?? folder?.name ?? ''}”?`,
      text:
        folder === null ? 'The site is forgotten with its password.' : 'All sites in the folder go with it.',
      confirm: 'Delete',
      danger: true,
      onConfirm: () => {
        void run(async () => {
          if (saved !== null) await call('DELETE /sites/:site', { params: { site: saved.id } });
          if (folder !== null) await call('DELETE /folders/:folder', { params: { folder: folder.id } });
        });
        show(null);
      },
    });
  const copy = async (site: SiteRecord): Promise<void> => {
    const made = await run(() => call('POST /sites/:site/copy', { params: { site: site.id } }));
    if (made !== null) show(made.id);
  };
  const locked = store.protection === 'locked';
  return (
    <div className="tools">
      <IconButton icon={Plus} label="New site" isDisabled={locked} onPress={add} />
      <IconButton icon={FolderPlus} label="New folder" isDisabled={locked} onPress={addFolder} />
      {folder === null ? (
        <IconButton
          icon={Copy}
          label="Copy the site"
          isDisabled={saved === null}
          onPress={() => saved !== null && void copy(saved)}
        />
      ) : (
        <IconButton icon={Pencil} label="Rename the folder" onPress={() => rename(folder)} />
      )}
      <IconButton
        icon={Trash2}
        label="Delete"
        isDisabled={saved === null && folder === null}
        onPress={remove}
      />
    </div>
  );
}
