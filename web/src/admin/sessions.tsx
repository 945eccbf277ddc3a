import { LogOut, UserX } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import type { SessionRecord } from '#protocols/http/contract/admin/records.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import { arrayRows } from '../components/grid-collection.ts';
import { Name } from '../components/name.tsx';
import { Progress } from '../components/progress.tsx';
import { formatDuration, formatRate, formatTime } from '../model/format.ts';
import { openDialog } from '../state/dialogs.ts';
import { callAdmin } from './call-admin.ts';
import { liveMs, useAdmin, useChange } from './use-admin.ts';

const columns: readonly GridColumn<SessionRecord>[] = [
  {
    id: 'account',
    label: 'Account',
    width: 'minmax(110px, 1fr)',
    render: ({ account }) =>
      account === null ? <span className="quiet">not logged in</span> : <Name>{account}</Name>,
  },
  {
    id: 'protocol',
    label: 'Protocol',
    width: '84px',
    render: ({ protocol }) => <span className="badge">{protocol}</span>,
  },
  {
    id: 'from',
    label: 'From',
    width: 'minmax(140px, 1fr)',
    render: ({ remoteAddress, remotePort }) => (
      <code>
        {remoteAddress}:{remotePort}
      </code>
    ),
  },
  {
    id: 'security',
    label: 'Security',
    width: 'minmax(120px, 1fr)',
    render: ({ security }) =>
      security === null ? (
        <span className="warning">in the clear</span>
      ) : (
        <span title={security}>{security}</span>
      ),
  },
  { id: 'since', label: 'Since', width: '124px', render: ({ openedAt }) => formatTime(openedAt) },
  {
    id: 'doing',
    label: 'Doing',
    width: 'minmax(220px, 2fr)',
    render: ({ transfer, idleMs }) =>
      transfer === null ? (
        <span className="quiet">idle for {formatDuration(idleMs / 1000)}</span>
      ) : (
        <span className="progress-cell">
          <span className="ellipsis">
            {transfer.direction} <Name>{transfer.path}</Name>
          </span>
          <Progress
            label="Transfer"
            value={
              transfer.totalBytes === null || transfer.totalBytes === 0
                ? null
                : transfer.bytes / transfer.totalBytes
            }
          />
          <span className="quiet">{formatRate(transfer.bytesPerSecond)}</span>
        </span>
      ),
  },
];

const keyOf = ({ id }: SessionRecord): string => id;
const textOf = ({ account, remoteAddress }: SessionRecord): string =>
  `${account ?? 'not logged in'} ${remoteAddress}`;

/** Who is connected, live, and the door. */
export function Sessions(): ReactNode {
  const { data } = useAdmin(['sessions'], (signal) => callAdmin('GET /sessions', { signal }), liveMs);
  const [selection, setSelection] = useState<Selection>(new Set());
  const [filter, setFilter] = useState('');
  const change = useChange();
  const shown = useMemo(
    () =>
      (data?.sessions ?? []).filter((session) =>
        `${textOf(session)} ${session.protocol} ${session.transfer?.path ?? ''}`
          .toLowerCase()
          .includes(filter.toLowerCase()),
      ),
    [data, filter],
  );
  const rows = useMemo(() => arrayRows(shown, keyOf), [shown]);
  const chosen = shown.filter(({ id }) => selection === 'all' || selection.has(id));
  const kick = (): void =>
    openDialog('confirm', {
      title: chosen.length === 1 ? 'End this session?' : `End ${chosen.length} sessions?`,
      text: 'What they transfer is broken off.',
      confirm: 'End',
      danger: true,
      onConfirm: () =>
        void change(async () => {
          for (const { id } of chosen)
            await callAdmin('POST /sessions/:id/kick', { params: { id }, body: {} });
        }, 'Ended.'),
    });
  const ban = (): void => {
    const networks = [...new Set(chosen.map(({ remoteAddress }) => remoteAddress))];
    openDialog('confirm', {
      title: `Keep ${networks.join(', ')} out?`,
      text: 'Their sessions end, and for an hour nobody from there gets in.',
      confirm: 'Ban for an hour',
      danger: true,
      onConfirm: () =>
        void change(async () => {
          for (const network of networks) {
            await callAdmin('POST /bans', { body: { network, durationMs: 3_600_000, reason: 'By hand' } });
          }
        }, 'Banned.'),
    });
  };
  return (
    <>
      <div className="row admin-tools">
        <TextField label="Find" value={filter} onChange={setFilter} placeholder="account, address, path" />
        <Button icon={LogOut} isDisabled={chosen.length === 0} onPress={kick}>
          End
        </Button>
        <Button icon={UserX} isDisabled={chosen.length === 0} onPress={ban}>
          Ban the address
        </Button>
      </div>
      <Grid
        label="Sessions"
        className="framed"
        rows={rows}
        columns={columns}
        textOf={textOf}
        rowHeight={32}
        selection={selection}
        onSelection={setSelection}
        empty={<span className="quiet">Nobody is connected.</span>}
      />
    </>
  );
}
