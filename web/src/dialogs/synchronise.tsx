import {
  ArrowLeft,
  ArrowLeftRight,
  ArrowRight,
  CircleAlert,
  Equal,
  FolderPlus,
  Minus,
  Trash2,
  type LucideIcon,
} from 'lucide-react';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import type {
  CompareCriterion,
  PlanAction,
  PlanItem,
  PlanKind,
  PlanTotals,
} from '#protocols/http/contract/page/synchronise.ts';
import { describe, stream } from '../api/call.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Checkbox, Choice, TextField } from '../components/fields.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import { arrayRows } from '../components/grid-collection.ts';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { displayName } from '../model/display-name.ts';
import { formatBytes, formatCount, formatTime } from '../model/format.ts';
import { connections } from '../state/connections.ts';
import { notify } from '../state/notices.ts';
import { forgetPlan, runPlan } from '../state/plans.ts';
import type { DialogComponent } from '../state/dialogs.ts';

const kinds: Readonly<Record<PlanKind, string>> = {
  mirror: 'Mirror: make the right what the left is',
  both: 'Both ways: newer files go either way',
  compare: 'Only compare',
};

type Comparing = 'size,time' | 'size' | 'checksum';
const comparisons: Readonly<Record<Comparing, string>> = {
  'size,time': 'Size and time',
  size: 'Size only',
  checksum: 'Content (checksums)',
};

const looks: Readonly<
  Record<PlanAction, { readonly text: string; readonly icon: LucideIcon; readonly tone: string }>
> = {
  'copy-right': { text: 'Copy to the right', icon: ArrowRight, tone: 'go' },
  'copy-left': { text: 'Copy to the left', icon: ArrowLeft, tone: 'go' },
  'make-directory-right': { text: 'Make on the right', icon: FolderPlus, tone: 'go' },
  'make-directory-left': { text: 'Make on the left', icon: FolderPlus, tone: 'go' },
  'delete-right': { text: 'Delete on the right', icon: Trash2, tone: 'bad' },
  'delete-left': { text: 'Delete on the left', icon: Trash2, tone: 'bad' },
  conflict: { text: 'Conflict: choose a side', icon: CircleAlert, tone: 'warn' },
  equal: { text: 'Equal', icon: Equal, tone: 'quiet' },
};

type Row = PlanItem & { readonly chosen: boolean };

const keyOf = ({ id }: Row): number => id;
const textOf = ({ path }: Row): string => displayName(path);

/** Shows what a mirror or a synchronisation would do, line by line, before anything is done. */
export const SynchroniseDialog: DialogComponent<'synchronise'> = (props) => {
  const { close } = props;
  const [swapped, setSwapped] = useState(false);
  // A mirror goes from left to right; the other way round, the sides change their places here.
  const [left, right] = swapped ? [props.right, props.left] : [props.left, props.right];
  const [kind, setKind] = useState<PlanKind>('mirror');
  const [comparing, setComparing] = useState<Comparing>('size,time');
  const [deleting, setDeleting] = useState(false);
  const [exclude, setExclude] = useState('');
  const [showEqual, setShowEqual] = useState(false);
  const [plan, setPlan] = useState<string | null>(null);
  const [items, setItems] = useState<readonly PlanItem[]>([]);
  const [leftOut, setLeftOut] = useState<ReadonlySet<number>>(new Set());
  const [visiting, setVisiting] = useState<string | null>(null);
  const [selection, setSelection] = useState<Selection>(new Set());
  const [skipped, setSkipped] = useState<PlanTotals['skipped']>([]);
  const making = useRef<AbortController | null>(null);

  const forget = (): void => {
    if (plan !== null) forgetPlan(plan);
    setPlan(null);
    setItems([]);
    setSkipped([]);
    setLeftOut(new Set());
  };
  const preview = async (): Promise<void> => {
    making.current?.abort();
    const own = new AbortController();
    making.current = own;
    const body = {
      kind,
      left,
      right,
      compare: comparing.split(',') as CompareCriterion[],
      timeToleranceMs: 2000,
      delete: deleting,
      onlyNewer: false,
      include: [],
      exclude: exclude.split(',').flatMap((glob) => (glob.trim() === '' ? [] : [glob.trim()])),
    };
    const found: PlanItem[] = [];
    forget();
    setVisiting('…');
    try {
      for await (const line of stream('POST /plans', { body, signal: own.signal })) {
        if ('plan' in line) setPlan(line.plan);
        else if ('items' in line) found.push(...line.items);
        else {
          setVisiting(line.path);
          setSkipped(line.totals?.skipped ?? []);
        }
      }
    } catch (error) {
      if (!own.signal.aborted) notify('error', describe(error));
    }
    if (making.current !== own) return;
    setItems(found);
    setVisiting(null);
  };
  const rows = useMemo(
    () =>
      arrayRows(
        items
          .filter(({ action }) => showEqual || action !== 'equal')
          .map((item): Row => ({ ...item, chosen: !leftOut.has(item.id) && item.action !== 'equal' })),
        keyOf,
      ),
    [items, leftOut, showEqual],
  );
  const doable = items.filter(
    ({ id, action }) => !leftOut.has(id) && action !== 'equal' && action !== 'conflict',
  );
  const conflicts = items.filter(({ action }) => action === 'conflict').length;
  const bytes = doable.reduce((sum, { action, left: one, right: other }) => {
    const moved = action === 'copy-right' ? one : action === 'copy-left' ? other : null;
    return sum + (moved?.size ?? 0);
  }, 0);
  const decide = (action: PlanAction): void => {
    setItems(items.map((item) => (isChosen(selection, item) ? { ...item, action } : item)));
  };
  const run = async (): Promise<void> => {
    if (plan === null) return;
    const begun = await runPlan(
      plan,
      doable.map(({ id, action }) => ({ id, action })),
    );
    if (begun) close();
  };
  const columns: readonly GridColumn<Row>[] = [
    {
      id: 'chosen',
      label: '',
      width: '30px',
      render: (row) =>
        row.action === 'equal' ? null : (
          <Checkbox
            aria-label={`Do this for ${displayName(row.path)}`}
            isSelected={row.chosen}
            onChange={(on) => {
              const next = new Set(leftOut);
              if (on) next.delete(row.id);
              else next.add(row.id);
              setLeftOut(next);
            }}
          />
        ),
    },
    { id: 'path', label: 'Path', width: 'minmax(160px, 1.4fr)', render: ({ path }) => <Name>{path}</Name> },
    {
      id: 'left',
      label: 'Left',
      width: 'minmax(120px, 1fr)',
      render: (row) => <EntryFacts entry={row.left} />,
    },
    { id: 'action', label: 'Action', width: '190px', render: ({ action }) => <ActionLook action={action} /> },
    {
      id: 'right',
      label: 'Right',
      width: 'minmax(120px, 1fr)',
      render: (row) => <EntryFacts entry={row.right} />,
    },
    {
      id: 'reason',
      label: 'Why',
      width: 'minmax(110px, 0.8fr)',
      render: ({ reason }) => <span className="quiet">{reason}</span>,
    },
  ];
  const label = (id: string): string => connections.get().get(id)?.label ?? id;
  return (
    <Modal
      title="Mirror or synchronise"
      close={() => {
        making.current?.abort();
        forget();
        close();
      }}
      size="full"
      footer={
        <>
          <span className="start quiet" role="status">
            {visiting !== null
              ? `Reading ${displayName(visiting)}`
              : items.length === 0
                ? 'Nothing is done before you have seen it.'
                : `${formatCount(doable.length, 'change')} · ${formatBytes(bytes)}${conflicts > 0 ? ` · ${formatCount(conflicts, 'conflict')}` : ''}`}
          </span>
          <Button onPress={() => void preview()} isDisabled={visiting !== null}>
            Preview
          </Button>
          <Button kind="primary" isDisabled={doable.length === 0} onPress={() => void run()}>
            {kind === 'mirror' ? 'Mirror' : 'Synchronise'}
          </Button>
        </>
      }
    >
      <p>
        <strong>{label(left.connection)}</strong> <Name>{left.path}</Name>{' '}
        <span className="quiet">{kind === 'both' ? '⇄' : '→'}</span>{' '}
        <strong>{label(right.connection)}</strong> <Name>{right.path}</Name>{' '}
        <IconButton
          icon={ArrowLeftRight}
          label="Exchange the sides"
          onPress={() => {
            forget();
            setSwapped(!swapped);
          }}
        />
      </p>
      <div className="form-grid">
        <Choice label="What" value={kind} options={kinds} onChange={setKind} />
        <Choice label="Files are equal by" value={comparing} options={comparisons} onChange={setComparing} />
        <TextField label="Leave out" value={exclude} onChange={setExclude} placeholder="*.log, .git/**" />
      </div>
      <div className="row">
        {kind === 'mirror' && (
          <Checkbox isSelected={deleting} onChange={setDeleting}>
            Delete what is only on the right
          </Checkbox>
        )}
        <Checkbox isSelected={showEqual} onChange={setShowEqual}>
          Show what is equal
        </Checkbox>
        {conflicts > 0 && (
          <>
            <Button onPress={() => decide('copy-right')}>Selected: left wins</Button>
            <Button onPress={() => decide('copy-left')}>Selected: right wins</Button>
          </>
        )}
      </div>
      {skipped.length > 0 && (
        <details className="quiet">
          <summary>{formatCount(skipped.length, 'name')} left alone</summary>
          <ul className="plain-list">
            {skipped.map(({ path, reason }) => (
              <li key={path}>
                <Name>{path}</Name>: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Grid
        label="What would be done"
        inDialog
        className="framed"
        rows={rows}
        columns={columns}
        textOf={textOf}
        rowHeight={30}
        selection={selection}
        onSelection={setSelection}
        rowClass={({ chosen }) => (chosen ? '' : 'left-out')}
        empty={
          <span className="quiet">
            {visiting === null ? 'Press Preview to see what would be done.' : 'Comparing …'}
          </span>
        }
      />
    </Modal>
  );
};

function isChosen(selection: Selection, { id, action }: PlanItem): boolean {
  if (action === 'equal') return false;
  return selection === 'all' || selection.has(id);
}

function ActionLook({ action }: { readonly action: PlanAction }): ReactNode {
  const { text, icon: Icon, tone } = looks[action];
  return (
    <span className={`plan-action ${tone}`}>
      <Icon aria-hidden="true" size={15} />
      {text}
    </span>
  );
}

function EntryFacts({ entry }: { readonly entry: PlanItem['left'] }): ReactNode {
  if (entry === null) return <Minus aria-label="not there" size={14} className="quiet" />;
  return (
    <span className="quiet">
      {entry.type === 'directory' || entry.size === undefined ? '' : `${formatBytes(entry.size)} · `}
      {entry.modifiedAt === undefined ? '' : formatTime(entry.modifiedAt, entry.modifiedPrecision)}
    </span>
  );
}
