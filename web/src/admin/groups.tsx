import { Plus, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Group, GroupChanges } from '#protocols/http/contract/admin/records.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Choice, TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { leaveUnsaved, openDialog } from '../state/dialogs.ts';
import { callAdmin } from './call-admin.ts';
import { LimitsForm } from './limits-form.tsx';
import { Rules } from './rules.tsx';
import { useAdmin, useChange } from './use-admin.ts';

/** Groups: what accounts have in common. */
export function Groups(): ReactNode {
  const { data } = useAdmin(['groups'], (signal) =>
    callAdmin('GET /groups', { query: { limit: 1000 }, signal }),
  );
  const [open, setOpen] = useState<Group | 'new' | null>(null);
  const change = useChange();
  return (
    <>
      <div className="row admin-tools end">
        <Button kind="primary" icon={Plus} onPress={() => setOpen('new')}>
          New group
        </Button>
      </div>
      {data?.groups.length === 0 && <p className="quiet">There are no groups yet.</p>}
      <ul className="card-list">
        {(data?.groups ?? []).map((group) => (
          <li key={group.name}>
            <button type="button" className="card-main" onClick={() => setOpen(group)}>
              <strong>
                <Name>{group.name}</Name>
              </strong>
              <span className="quiet">
                {[group.comment, group.rights === null ? null : `rights ${group.rights}`, group.home]
                  .filter((part) => part !== null && part !== '')
                  .join(' · ')}
              </span>
            </button>
            <IconButton
              icon={Trash2}
              label={`Delete ${group.name}`}
              onPress={() =>
                openDialog('confirm', {
                  title: `Delete the group “${group.name}”?`,
                  text: 'Its accounts stay, without what the group said.',
                  confirm: 'Delete',
                  danger: true,
                  onConfirm: () =>
                    void change(() => callAdmin('DELETE /groups/:name', { params: { name: group.name } })),
                })
              }
            />
          </li>
        ))}
      </ul>
      {open !== null && <GroupEditor group={open === 'new' ? null : open} close={() => setOpen(null)} />}
    </>
  );
}

const rights = { default: 'Says nothing', none: 'None', r: 'Read', rw: 'Read and write' } as const;

function GroupEditor({
  group,
  close,
}: {
  readonly group: Group | null;
  readonly close: () => void;
}): ReactNode {
  const [name, setName] = useState(group?.name ?? '');
  const [changes, setChanges] = useState<GroupChanges>({});
  const change = useChange();
  const now = { ...group, ...changes };
  const put = (fields: GroupChanges): void => setChanges((before) => ({ ...before, ...fields }));
  const members = useAdmin(['members', group?.name], (signal) =>
    group === null
      ? Promise.resolve({ members: [] as readonly string[] })
      : callAdmin('GET /groups/:name/members', {
          params: { name: group.name },
          query: { limit: 1000 },
          signal,
        }),
  );
  const save = async (): Promise<void> => {
    const done = await change(() =>
      group === null
        ? callAdmin('POST /groups', { body: { name, ...changes } })
        : callAdmin('PATCH /groups/:name', { params: { name: group.name }, body: changes }),
    );
    if (done) close();
  };
  const isUntouched = name === (group?.name ?? '') && Object.keys(changes).length === 0;
  const leave = (): void => leaveUnsaved(isUntouched ? null : 'this group', close);
  return (
    <Modal
      title={group === null ? 'New group' : <Name>{group.name}</Name>}
      close={leave}
      size="large"
      footer={
        <>
          <Button onPress={leave}>Cancel</Button>
          <Button kind="primary" isDisabled={name === '' || isUntouched} onPress={() => void save()}>
            Save
          </Button>
        </>
      }
    >
      <div className="form-grid">
        {group === null && <TextField label="Name" value={name} onChange={setName} autoFocus />}
        <TextField label="Comment" value={now.comment ?? ''} onChange={(comment) => put({ comment })} />
        <Choice
          label="Rights"
          value={now.rights ?? 'default'}
          options={rights}
          onChange={(value) => put({ rights: value === 'default' ? null : value })}
        />
        <TextField
          label="Home directory"
          value={now.home ?? ''}
          onChange={(home) => put({ home: home === '' ? null : home })}
        />
      </div>
      <h3>Rights by path</h3>
      <Rules
        rules={now.rules ?? []}
        onChange={(rules) => put({ rules: rules.length === 0 ? null : rules })}
      />
      <h3>Limits</h3>
      <LimitsForm limits={now.limits ?? null} onChange={(limits) => put({ limits })} />
      {(members.data?.members.length ?? 0) > 0 && (
        <p className="quiet">
          Members: <Name>{members.data?.members.join(', ') ?? ''}</Name>
        </p>
      )}
    </Modal>
  );
}
