import { useQuery, useQueryClient } from '@tanstack/react-query';
import { BookMarked, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Bookmark, SiteRecord } from '#protocols/http/contract/page/sites.ts';
import { call, describe } from '../api/call.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Checkbox, TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { Form } from '../dialogs/small.tsx';
import { displayName } from '../model/display-name.ts';
import { nameOf } from '../model/paths.ts';
import { connections } from '../state/connections.ts';
import { notify } from '../state/notices.ts';
import type { DialogComponent } from '../state/dialogs.ts';
import { workspace } from '../workspace/workspace.ts';
import { openBookmark } from './open-site.ts';
import { fieldsOf } from './site-fields.ts';

/** Pairs of directories to come back to; what is on show can be kept. */
export const Bookmarks: DialogComponent<'bookmarks'> = ({ close }) => {
  const client = useQueryClient();
  const { data: store } = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => call('GET /sites', { signal }),
  });
  const left = workspace.tab('left')?.place ?? null;
  const right = workspace.tab('right')?.place ?? null;
  const [name, setName] = useState(() => displayName(nameOf(right?.path ?? left?.path ?? '') || 'Bookmark'));
  const bookmarks = store?.bookmarks ?? [];
  const siteId = right === null ? null : (connections.get().get(right.connection)?.siteId ?? null);
  const site = store?.sites.find(({ id }) => id === siteId) ?? null;
  const ofSite = site?.bookmarks ?? [];
  const [forSite, setForSite] = useState(false);
  const change = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      await client.invalidateQueries({ queryKey: ['sites'] });
    } catch (error) {
      notify('error', describe(error));
    }
  };
  const save = (next: readonly Bookmark[]): Promise<void> =>
    change(() => call('PUT /bookmarks', { body: { bookmarks: next } }));
  const saveOfSite = (of: SiteRecord, next: readonly Bookmark[]): Promise<void> =>
    change(() =>
      call('PUT /sites/:site', { params: { site: of.id }, body: { ...fieldsOf(of), bookmarks: next } }),
    );
  const add = (): void => {
    if (name === '') return;
    const { synchronised, comparing } = workspace.state.get();
    const bookmark: Bookmark = {
      id: crypto.randomUUID(),
      name,
      localDirectory: left?.path ?? null,
      remoteDirectory: right?.path ?? null,
      synchronisedBrowsing: synchronised,
      directoryComparison: comparing,
    };
    void (forSite && site !== null
      ? saveOfSite(site, [...ofSite, bookmark])
      : save([...bookmarks, bookmark]));
  };
  const remove = (removed: Bookmark): void => {
    const others = (all: readonly Bookmark[]): readonly Bookmark[] =>
      all.filter(({ id }) => id !== removed.id);
    void (site !== null && ofSite.includes(removed)
      ? saveOfSite(site, others(ofSite))
      : save(others(bookmarks)));
  };
  const all = [...bookmarks, ...ofSite];
  return (
    <Modal title="Bookmarks" close={close} footer={<Button onPress={close}>Close</Button>}>
      <Form onSubmit={add}>
        <div className="row">
          <TextField label="Keep the directories on show as" value={name} onChange={setName} />
          <Button onPress={add} isDisabled={name === ''}>
            Add
          </Button>
        </div>
        {site !== null && (
          <Checkbox isSelected={forSite} onChange={setForSite}>
            Only for the site “{site.name}”
          </Checkbox>
        )}
      </Form>
      {all.length === 0 && <p className="quiet">No bookmarks yet.</p>}
      <ul className="card-list">
        {all.map((bookmark) => (
          <li key={bookmark.id}>
            <BookMarked aria-hidden="true" size={16} />
            <button
              type="button"
              className="card-main"
              onClick={() => {
                close();
                void openBookmark(bookmark);
              }}
            >
              <strong>{bookmark.name}</strong>
              <span className="quiet">
                <Name>
                  {[bookmark.localDirectory, bookmark.remoteDirectory]
                    .filter((part) => part !== null)
                    .join(' ⇄ ')}
                </Name>
              </span>
            </button>
            <IconButton icon={Trash2} label={`Delete ${bookmark.name}`} onPress={() => remove(bookmark)} />
          </li>
        ))}
      </ul>
    </Modal>
  );
};
