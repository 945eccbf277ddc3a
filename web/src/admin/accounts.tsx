import { Plus, Trash2 } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import type { User } from '#protocols/http/contract/admin/records.ts';
import { Button, IconButton } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import { arrayRows } from '../components/grid-collection.ts';
import { Name } from '../components/name.tsx';
import { formatBytes, formatTime } from '../model/format.ts';
import { openDialog } from '../state/dialogs.ts';
import { AccountEditor } from './account-editor.tsx';
import { callAdmin } from './call-admin.ts';
import { useAdmin, useChange } from './use-admin.ts';

const rightsTexts: Readonly<Record<string, string>> = { none: 'none', r: 'read', rw: 'read and write' };

const columns: readonly GridColumn<User>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 'minmax(130px, 1fr)',
    render: ({ name, enabled }) => (
      <span className={enabled ? '' : 'quiet'}>
        <Name>{name}</Name>
        {!enabled && ' (off)'}
      </span>
    ),
  },
  {
    id: 'rights',
    label: 'Rights',
    width: '120px',
    render: ({ rights }) => rightsTexts[rights ?? ''] ?? <span className="quiet">by group</span>,
  },
  {
    id: 'home',
    label: 'Home',
    width: 'minmax(130px, 1.4fr)',
    render: ({ home }) => (home === null ? <span className="quiet">default</span> : <Name>{home}</Name>),
  },
  {
    id: 'groups',
    label: 'Groups',
    width: 'minmax(100px, 1fr)',
    render: ({ groups }) => <Name>{groups.join(', ')}</Name>,
  },
  {
    id: 'proofs',
    label: 'Logs in by',
    width: '150px',
    render: ({ hasPassword, hasOneTimeCodes }) => (
      <span className="quiet">
        {[hasPassword ? 'password' : 'key', hasOneTimeCodes ? 'code' : null]
          .filter((part) => part !== null)
          .join(' + ')}
      </span>
    ),
  },
  {
    id: 'quota',
    label: 'Quota',
    width: '90px',
    align: 'end',
    render: ({ limits }) => {
      const quota = limits?.quotaBytes ?? null;
      return quota === null ? '' : formatBytes(quota);
    },
  },
  { id: 'changed', label: 'Changed', width: '124px', render: ({ changedAt }) => formatTime(changedAt) },
];

const keyOf = ({ name }: User): string => name;
const pageSize = 1000;

/** Everybody who may log in. */
export function Accounts(): ReactNode {
  const { data } = useAdmin(['users'], readUsers);
  const [filter, setFilter] = useState('');
  const [open, setOpen] = useState<User | 'new' | null>(null);
  const change = useChange();
  const shown = useMemo(
    () =>
      (data ?? []).filter(({ name, comment, email, groups }) =>
        `${name} ${comment} ${email} ${groups.join(' ')}`.toLowerCase().includes(filter.toLowerCase()),
      ),
    [data, filter],
  );
  const rows = useMemo(() => arrayRows(shown, keyOf), [shown]);
  const [selected, setSelected] = useState<string | null>(null);
  const remove = (): void => {
    if (selected === null) return;
    openDialog('confirm', {
      title: `Delete the account “${selected}”?`,
      text: 'Its keys go with it; its files stay.',
      confirm: 'Delete',
      danger: true,
      onConfirm: () =>
        void change(
          () => callAdmin('DELETE /users/:name', { params: { name: selected } }),
          'The account is gone.',
        ),
    });
  };
  return (
    <>
      <div className="row admin-tools">
        <TextField label="Find" value={filter} onChange={setFilter} placeholder="name, group, comment" />
        <IconButton
          icon={Trash2}
          label="Delete the account"
          isDisabled={selected === null}
          onPress={remove}
        />
        <Button kind="primary" icon={Plus} onPress={() => setOpen('new')}>
          New account
        </Button>
      </div>
      <Grid
        label="Accounts"
        className="framed"
        rows={rows}
        columns={columns}
        textOf={keyOf}
        rowHeight={32}
        selectionMode="single"
        selection={new Set(selected === null ? [] : [selected])}
        onSelection={(keys) => setSelected(keys === 'all' ? null : ([...keys].map(String)[0] ?? null))}
        onAction={setOpen}
        empty={
          <span className="quiet">{data === undefined ? 'Reading …' : 'No account is called that.'}</span>
        }
      />
      {open !== null && <AccountEditor user={open === 'new' ? null : open} close={() => setOpen(null)} />}
    </>
  );
}

async function readUsers(signal: AbortSignal): Promise<readonly User[]> {
  const all: User[] = [];
  for (;;) {
    const after = all.at(-1)?.name;
    const query = { limit: pageSize, ...(after === undefined ? {} : { after }) };
    const { users, more } = await callAdmin('GET /users', { query, signal });
    all.push(...users);
    if (!more || users.length === 0) return all;
  }
}
