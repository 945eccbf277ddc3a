import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Copy, Download, FolderPlus, KeyRound, Plus, Server, Trash2, Upload } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { SiteFields, SiteRecord, SiteStore } from '#protocols/http/contract/page/sites.ts';
import { call, describe } from '../api/call.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import { openDialog } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';
import { Problem } from '../panes/listing-problem.tsx';
import type { DialogComponent } from '../state/dialogs.ts';
import { openSite } from './open-site.ts';
import { emptySite } from './site-fields.ts';
import { SiteForm, type SiteDraft } from './site-form.tsx';
import { SiteTree } from './site-tree.tsx';
import { MasterPassword } from './master-password.tsx';

const nothing: SiteStore = { protection: 'none', folders: [], sites: [], bookmarks: [] };

/** Saved sites in folders on the left, everything about the chosen one on the right. */
export const SiteManager: DialogComponent<'site-manager'> = ({ siteId, close }) => {
  const client = useQueryClient();
  const { data: store = nothing } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
  });
  const [chosen, setChosen] = useState<string | null>(siteId ?? null);
  const [changes, setChanges] = useState<Partial<SiteDraft>>({});
  const [locking, setLocking] = useState(false);
  const saved = store.sites.find(({ id }) => id === chosen) ?? null;
  const folder = store.folders.find(({ id }) => id === chosen) ?? null;
  const draft = useMemo<SiteDraft | null>(
    () => (saved === null ? null : { ...fieldsOf(saved), ...changes }),
    [saved, changes],
  );
  const dirty = Object.keys(changes).length > 0;

  const run = async <Result,>(work: () => Promise<Result>): Promise<Result | null> => {
    try {
      const result = await work();
      await client.invalidateQueries({ queryKey: ['sites'] });
      return result;
    } catch (error) {
      notify('error', describe(error));
      return null;
    }
  };
  const choose = (id: string | null): void => {
    setChosen(id);
    setChanges({});
  };
  const save = async (): Promise<void> => {
    if (draft === null || saved === null) return;
    const done = await run(() => call('PUT /sites/:site', { params: { site: saved.id }, body: draft }));
    if (done !== null) setChanges({});
  };
  const add = async (): Promise<void> => {
    const folderId = folder?.id ?? saved?.folderId ?? null;
    const made = await run(() => call('POST /sites', { body: { ...emptySite, folderId } }));
    if (made !== null) choose(made.id);
  };
  const addFolder = (): void =>
    openDialog('prompt', {
      title: 'New folder',
      label: 'Name',
      value: '',
      confirm: 'Make folder',
      onConfirm: (name) =>
        void run(() => call('POST /folders', { body: { name, parentId: folder?.id ?? null } })),
    });
  const remove = (): void => {
    const name = saved?.name ?? folder?.name ?? '';
    openDialog('confirm', {
      title: `Delete “${name}”?`,
      text:
        folder === null ? 'The site is forgotten with its password.' : 'All sites in the folder go with it.',
      confirm: 'Delete',
      danger: true,
      onConfirm: () => {
        void run(async () => {
          if (saved !== null) await call('DELETE /sites/:site', { params: { site: saved.id } });
          if (folder !== null) await call('DELETE /folders/:folder', { params: { folder: folder.id } });
        });
        choose(null);
      },
    });
  };
  const connect = async (site: SiteRecord): Promise<void> => {
    if (dirty) await save();
    close();
    await openSite(site);
  };
  return (
    <Modal
      title="Site manager"
      close={close}
      size="large"
      className="sites"
      footer={
        <>
          <span className="start tools">
            <IconButton
              icon={Upload}
              label="Import from FileZilla or ssh_config"
              onPress={() => importSites(run)}
            />
            <IconButton icon={Download} label="Export" onPress={() => void exportSites()} />
            <IconButton icon={KeyRound} label="Master password" onPress={() => setLocking(true)} />
          </span>
          <Button isDisabled={!dirty} onPress={() => void save()}>
            Save
          </Button>
          <Button
            kind="primary"
            isDisabled={saved === null}
            onPress={() => saved !== null && void connect(saved)}
          >
            Connect
          </Button>
        </>
      }
    >
      <div className="sites-body">
        <div className="sites-side">
          <SiteTree store={store} chosen={chosen} onChoose={choose} onOpen={(site) => void connect(site)} />
          <div className="tools">
            <IconButton icon={Plus} label="New site" onPress={() => void add()} />
            <IconButton icon={FolderPlus} label="New folder" onPress={addFolder} />
            <IconButton
              icon={Copy}
              label="Copy the site"
              isDisabled={saved === null}
              onPress={() =>
                saved !== null &&
                void run(() => call('POST /sites/:site/copy', { params: { site: saved.id } })).then(
                  (made) => made !== null && choose(made.id),
                )
              }
            />
            <IconButton icon={Trash2} label="Delete" isDisabled={chosen === null} onPress={remove} />
          </div>
        </div>
        {draft === null ? (
          <div className="sites-empty">
            <Problem icon={<Server />} title="Choose a site, or make a new one">
              <Button icon={Plus} onPress={() => void add()}>
                New site
              </Button>
            </Problem>
          </div>
        ) : (
          <SiteForm
            key={chosen}
            draft={draft}
            saved={saved}
            onChange={(fields) => setChanges((before) => ({ ...before, ...fields }))}
          />
        )}
      </div>
      {locking && <MasterPassword protection={store.protection} close={() => setLocking(false)} />}
    </Modal>
  );
};

/** What may be sent back of a record: its fields without what only the backend knows. */
function fieldsOf(record: SiteRecord): SiteFields {
  const {
    id: _id,
    hasPassword: _password,
    hasKeyPassphrase: _passphrase,
    lastUsedAt: _used,
    ...fields
  } = record;
  return fields;
}

function importSites(run: (work: () => Promise<unknown>) => Promise<unknown>): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.xml,.json,*';
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    void run(async () => {
      const content = await file.text();
      const format = /^\s*</u.test(content) ? 'filezilla' : /^\s*\{/u.test(content) ? 'wherry' : 'ssh-config';
      const { imported, notes } = await call('POST /sites/import', {
        body: { format, content, folderId: null },
      });
      notify('success', `${imported} sites imported.${notes.length > 0 ? ` ${notes.join(' ')}` : ''}`);
    });
  });
  input.click();
}

async function exportSites(): Promise<void> {
  try {
    const { content, fileName } = await call('POST /sites/export', {
      body: { format: 'wherry', withPasswords: false },
    });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    notify('error', describe(error));
  }
}
