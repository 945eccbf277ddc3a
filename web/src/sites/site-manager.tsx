import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, KeyRound, Lock, Plus, Server, Upload } from 'lucide-react';
import { useState } from 'react';
import type { SiteRecord, SiteStore } from '#protocols/http/contract/page/sites.ts';
import { call, describe } from '../api/call.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import { leaveUnsaved } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';
import { Problem } from '../panes/listing-problem.tsx';
import type { DialogComponent } from '../state/dialogs.ts';
import { openSite } from './open-site.ts';
import { emptySite, fieldsOf } from './site-fields.ts';
import { SiteForm, type SiteDraft } from './site-form.tsx';
import { SiteTools } from './site-tools.tsx';
import { SiteTree } from './site-tree.tsx';
import { MasterPassword } from './master-password.tsx';

const nothing: SiteStore = { protection: 'none', folders: [], sites: [], bookmarks: [] };

/** A site that is written about and not saved yet: its id, null for a new one, and what it says so far. */
interface Draft {
  readonly id: string | null;
  readonly fields: SiteDraft;
  readonly dirty: boolean;
}

/** Saved sites in folders on the left, everything about the chosen one on the right. */
export const SiteManager: DialogComponent<'site-manager'> = ({ siteId, side, close }) => {
  const client = useQueryClient();
  const { data: store = nothing } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
  });
  const [chosen, setChosen] = useState<string | null>(siteId ?? null);
  const [edited, setEdited] = useState<Draft | null>(null);
  const [locking, setLocking] = useState(false);
  const saved = store.sites.find(({ id }) => id === chosen) ?? null;
  const folder = store.folders.find(({ id }) => id === chosen) ?? null;
  const draft: Draft | null =
    edited ?? (saved === null ? null : { id: saved.id, fields: fieldsOf(saved), dirty: false });
  const complete = draft !== null && draft.fields.name.trim() !== '' && draft.fields.host.trim() !== '';

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
  /** Goes on at once, or after somebody agreed to lose what was not saved. */
  const leaving = (go: () => void): void =>
    leaveUnsaved(draft?.dirty === true ? `“${draft.fields.name}”` : null, go);
  const show = (id: string | null): void => {
    setChosen(id);
    setEdited(null);
  };
  const save = async (): Promise<SiteRecord | null> => {
    if (draft === null || !complete) return null;
    const { id, fields } = draft;
    const record = await run(() =>
      id === null
        ? call('POST /sites', { body: fields })
        : call('PUT /sites/:site', { params: { site: id }, body: fields }),
    );
    // A site is known by its name: another name is another id.
    if (record !== null) show(record.id);
    return record;
  };
  const add = (): void =>
    leaving(() => {
      const folderId = folder?.id ?? saved?.folderId ?? null;
      const name = freshName(store.sites.filter((site) => site.folderId === folderId));
      setChosen(folderId);
      setEdited({ id: null, fields: { ...emptySite, name, folderId }, dirty: false });
    });
  const connect = async (site: SiteRecord | null): Promise<void> => {
    const record = draft?.dirty === true && (site === null || site.id === draft.id) ? await save() : site;
    if (record === null) return;
    close();
    await openSite(record, side);
  };
  return (
    <Modal
      title={side === 'left' ? 'Site manager, for the left pane' : 'Site manager'}
      close={() => leaving(close)}
      size="large"
      className="sites"
      footer={
        <>
          <span className="start tools">
            <IconButton
              icon={Upload}
              label="Import from FileZilla or ssh_config"
              onPress={() => importSites(run, folder?.id ?? null)}
            />
            <IconButton icon={Download} label="Export" onPress={() => void exportSites()} />
            <IconButton icon={KeyRound} label="Master password" onPress={() => setLocking(true)} />
          </span>
          <Button isDisabled={draft?.dirty !== true || !complete} onPress={() => void save()}>
            Save
          </Button>
          <Button kind="primary" isDisabled={draft === null || !complete} onPress={() => void connect(saved)}>
            Connect
          </Button>
        </>
      }
    >
      <div className="sites-body">
        <div className="sites-side">
          <SiteTree
            store={store}
            chosen={chosen}
            onChoose={(id) => leaving(() => show(id))}
            onOpen={(site) => void connect(site)}
          />
          <SiteTools store={store} saved={saved} folder={folder} run={run} add={add} show={show} />
        </div>
        {draft !== null ? (
          <SiteForm
            key={draft.id ?? 'new'}
            draft={draft.fields}
            saved={saved}
            folders={store.folders}
            onChange={(fields) =>
              setEdited({ id: draft.id, fields: { ...draft.fields, ...fields }, dirty: true })
            }
          />
        ) : (
          <div className="sites-empty">
            {store.protection === 'locked' ? (
              <Problem icon={<Lock />} title="The saved sites are locked">
                <Button onPress={() => setLocking(true)}>Unlock</Button>
              </Problem>
            ) : (
              <Problem icon={<Server />} title="Choose a site, or make a new one">
                <Button icon={Plus} onPress={add}>
                  New site
                </Button>
              </Problem>
            )}
          </div>
        )}
      </div>
      {locking && <MasterPassword protection={store.protection} close={() => setLocking(false)} />}
    </Modal>
  );
};

/** `New site`, or `New site 2` where there is one already. */
function freshName(others: readonly SiteRecord[]): string {
  const taken = new Set(others.map(({ name }) => name));
  let name = emptySite.name;
  for (let count = 2; taken.has(name); count += 1) name = `${emptySite.name} ${count}`;
  return name;
}

function importSites(run: (work: () => Promise<unknown>) => Promise<unknown>, folderId: string | null): void {
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
        body: { format, content, folderId },
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
