import { ArrowDown, ArrowLeftRight, ArrowUp, ListX, Pause, Play, RotateCcw, X } from 'lucide-react';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import type { QueueAction, TransferRecord } from '#protocols/http/contract/page/queue.ts';
import { IconButton } from '../components/button.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import { arrayRows } from '../components/grid-collection.ts';
import { Name } from '../components/name.tsx';
import { Progress } from '../components/progress.tsx';
import { formatBytes, formatClock, formatDuration, formatRate } from '../model/format.ts';
import { displayName } from '../model/display-name.ts';
import { nameOf, parentOf } from '../model/paths.ts';
import { actOnQueue, queue, tabStates, type QueueTab } from '../state/queue.ts';
import { useStore } from '../state/store.ts';
import { priorities } from './priorities.ts';

const PriorityMenu = lazy(async () => ({ default: (await import('./priority-menu.tsx')).PriorityMenu }));

const directions = { upload: ArrowUp, download: ArrowDown, between: ArrowLeftRight } as const;

const stateTexts: Readonly<Record<TransferRecord['state'], string>> = {
  queued: 'Waiting its turn',
  scanning: 'Reading the directory',
  active: 'Under way',
  waiting: 'Waits for your answer',
  paused: 'Paused',
  done: 'Done',
  skipped: 'Skipped',
  failed: 'Failed',
};

const file: GridColumn<TransferRecord> = {
  id: 'file',
  label: 'File',
  width: 'minmax(140px, 1.3fr)',
  render: (record) => {
    const Icon = directions[record.direction];
    return (
      <span className="entry-name">
        <Icon aria-label={record.direction} size={15} className={`direction ${record.direction}`} />
        <Name>{nameOf(record.source.path)}</Name>
      </span>
    );
  },
};
const target: GridColumn<TransferRecord> = {
  id: 'target',
  label: 'To',
  width: 'minmax(120px, 1fr)',
  render: (record) => (
    <span className="quiet">
      {record.targetLabel} · <Name>{parentOf(record.target.path)}</Name>
    </span>
  ),
};
const size: GridColumn<TransferRecord> = {
  id: 'size',
  label: 'Size',
  width: '84px',
  align: 'end',
  render: ({ totalBytes }) => (totalBytes === null ? '' : formatBytes(totalBytes)),
};

const columns: Readonly<Record<QueueTab, readonly GridColumn<TransferRecord>[]>> = {
  queued: [
    file,
    target,
    size,
    {
      id: 'progress',
      label: 'Progress',
      width: 'minmax(150px, 1fr)',
      render: (record) => <TransferProgressCell record={record} />,
    },
    {
      id: 'speed',
      label: 'Speed',
      width: '96px',
      align: 'end',
      render: (record) => (record.state === 'active' ? formatRate(record.bytesPerSecond) : ''),
    },
    {
      id: 'left',
      label: 'Time left',
      width: '80px',
      align: 'end',
      render: (record) => (record.state === 'active' ? timeLeft(record) : ''),
    },
    {
      id: 'priority',
      label: 'Priority',
      width: '76px',
      render: ({ priority }) => <span className="quiet">{priorities[priority]}</span>,
    },
  ],
  failed: [
    file,
    target,
    size,
    {
      id: 'error',
      label: 'Why',
      width: 'minmax(200px, 1.6fr)',
      render: ({ error }) => <span className="failure">{error?.message ?? ''}</span>,
    },
  ],
  done: [
    file,
    target,
    size,
    {
      id: 'outcome',
      label: 'Outcome',
      width: '150px',
      render: ({ state, verified }) => (
        <span className={state === 'done' ? 'success' : 'quiet'}>
          {state === 'done' && verified === true ? 'Done, verified' : stateTexts[state]}
        </span>
      ),
    },
    {
      id: 'ended',
      label: 'At',
      width: '90px',
      render: ({ endedAt }) => (endedAt === null ? '' : formatClock(endedAt)),
    },
  ],
};

function timeLeft({ totalBytes, doneBytes, bytesPerSecond }: TransferRecord): string {
  return totalBytes === null || bytesPerSecond === 0
    ? '–'
    : formatDuration((totalBytes - doneBytes) / bytesPerSecond);
}

function TransferProgressCell({ record }: { readonly record: TransferRecord }): ReactNode {
  const { state, totalBytes, doneBytes, source } = record;
  if (state !== 'active' && doneBytes === 0) return <span className="quiet">{stateTexts[state]}</span>;
  const share = totalBytes === null ? null : totalBytes === 0 ? 1 : doneBytes / totalBytes;
  return (
    <span className="progress-cell">
      <Progress label={`Progress of ${displayName(nameOf(source.path))}`} value={share} />
      <span className="progress-number">{share === null ? '' : `${Math.floor(share * 100)} %`}</span>
    </span>
  );
}

const keyOf = ({ id }: TransferRecord): string => id;
const textOf = ({ source }: TransferRecord): string => displayName(nameOf(source.path));

/** One list of the queue with what can be done to its transfers. */
export function QueuePanel({ tab }: { readonly tab: QueueTab }): ReactNode {
  const records = useStore(queue, (view) => view[tab]);
  const [selection, setSelection] = useState<Selection>(new Set());
  const rows = useMemo(() => arrayRows(records, keyOf), [records]);
  const chosen: QueueAction['transfers'] =
    selection === 'all' || selection.size === 0 ? { states: tabStates[tab] } : [...selection].map(String);
  const act = (action: QueueAction['action']) => () => void actOnQueue({ action, transfers: chosen });
  const isEmpty = records.length === 0;
  const what = 'states' in chosen ? 'all' : 'the selected';
  return (
    <div className="queue-panel">
      <div className="panel-tools" role="toolbar" aria-label="Transfers">
        {tab === 'queued' && (
          <>
            <IconButton icon={Play} label={`Resume ${what}`} isDisabled={isEmpty} onPress={act('resume')} />
            <IconButton icon={Pause} label={`Pause ${what}`} isDisabled={isEmpty} onPress={act('pause')} />
            {!isEmpty && (
              <Suspense fallback={null}>
                <PriorityMenu
                  label={`Priority of ${what}`}
                  onChoose={(priority) =>
                    void actOnQueue({ action: 'priority', transfers: chosen, priority })
                  }
                />
              </Suspense>
            )}
          </>
        )}
        {tab === 'failed' && (
          <IconButton
            icon={RotateCcw}
            label={`Try ${what} again`}
            isDisabled={isEmpty}
            onPress={act('retry')}
          />
        )}
        <IconButton
          icon={'states' in chosen ? ListX : X}
          label={`Remove ${what}`}
          isDisabled={isEmpty}
          onPress={act('remove')}
        />
      </div>
      <Grid
        label={
          tab === 'queued' ? 'Queued transfers' : tab === 'failed' ? 'Failed transfers' : 'Finished transfers'
        }
        rows={rows}
        columns={columns[tab]}
        textOf={textOf}
        rowHeight={27}
        selection={selection}
        onSelection={setSelection}
        rowClass={({ state }) => `transfer-${state}`}
        empty={<span className="quiet">{emptyTexts[tab]}</span>}
      />
    </div>
  );
}

const emptyTexts: Readonly<Record<QueueTab, string>> = {
  queued: 'Nothing is waiting. Drag files across, or press F5.',
  failed: 'Nothing has failed.',
  done: 'Nothing has arrived yet.',
};
