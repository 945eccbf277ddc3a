import { Pause, Play } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { describe } from '../api/call.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Choice, TextField } from '../components/fields.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import { arrayRows } from '../components/grid-collection.ts';
import { Name } from '../components/name.tsx';
import { formatBytes, formatClock, formatCount, formatTime } from '../model/format.ts';
import { notify } from '../state/notices.ts';
import { callAdmin } from './call-admin.ts';
import { Chart } from './chart.tsx';

/** Lines kept on show; the audit on the server keeps all. */
const keptLines = 20_000;
const pageSize = 500;
const bucketMs = 5000;
const shownBuckets = 120;

/** A line of the server's log as it comes: its event, and fields by its kind. */
interface ActivityLine {
  readonly id: number;
  readonly at: number;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const kinds = {
  all: 'Everything',
  transfer: 'Transfers',
  login: 'Logins and sessions',
  administration: 'Administration',
} as const;

const columns: readonly GridColumn<ActivityLine>[] = [
  {
    id: 'at',
    label: 'At',
    width: '150px',
    render: ({ at }) => `${formatTime(at, 'day')} ${formatClock(at)}`,
  },
  {
    id: 'event',
    label: 'Event',
    width: '170px',
    render: ({ event }) => <span className="badge">{event}</span>,
  },
  {
    id: 'who',
    label: 'Account',
    width: '120px',
    render: ({ fields }) => <Name>{wordOf(fields['account'] ?? fields['user'] ?? fields['actor'])}</Name>,
  },
  {
    id: 'from',
    label: 'From',
    width: '140px',
    render: ({ fields }) => <code>{wordOf(fields['remoteAddress'])}</code>,
  },
  { id: 'what', label: 'What', width: 'minmax(200px, 1fr)', render: ({ text }) => <Name>{text}</Name> },
];

const keyOf = ({ id }: ActivityLine): number => id;
const textOf = ({ event, text }: ActivityLine): string => `${event} ${text}`;

/** What has happened on the server and what happens now: searchable, with its transfers and logins over time. */
export function Activity(): ReactNode {
  const [lines, setLines] = useState<readonly ActivityLine[]>([]);
  const [paused, setPaused] = useState(false);
  const [search, setSearch] = useState('');
  const [kind, setKind] = useState<keyof typeof kinds>('all');
  const [now, setNow] = useState(() => Date.now());
  /** Where the audit goes on; null at its end. */
  const [cursor, setCursor] = useState<string | null | undefined>(undefined);
  const hold = useRef(paused);
  hold.current = paused;
  useEffect(
    () =>
      follow((fresh) => {
        if (!hold.current) setLines((before) => [...fresh.toReversed(), ...before].slice(0, keptLines));
      }),
    [],
  );
  const older = async (): Promise<void> => {
    const query = { limit: pageSize, ...(cursor === undefined || cursor === null ? {} : { cursor }) };
    try {
      const page = await callAdmin('GET /log', { query });
      setCursor(page.cursor);
      setLines((before) => [...before, ...page.records.map((one) => lineOf({ ...one }))].slice(0, keptLines));
    } catch (error) {
      notify('error', describe(error));
    }
  };
  useEffect(() => {
    void older();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the first page comes once
  }, []);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), bucketMs);
    return () => clearInterval(timer);
  }, []);
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return lines.filter(
      (line) =>
        (kind === 'all' || belongsTo(kind, line.event)) &&
        (wanted === '' || JSON.stringify(line.fields).toLowerCase().includes(wanted)),
    );
  }, [lines, search, kind]);
  const rows = useMemo(() => arrayRows(shown, keyOf), [shown]);
  return (
    <>
      <div className="tiles">
        <Chart
          label="Transfers"
          values={over(lines, now, isTransferEnd, () => 1)}
          format={(count) => `${count} in 5 s`}
        />
        <Chart label="Bytes moved" values={over(lines, now, isTransferEnd, bytesOf)} format={formatBytes} />
        <Chart
          label="Logins"
          values={over(
            lines,
            now,
            ({ event }) => event.startsWith('login'),
            () => 1,
          )}
          format={(count) => `${count} in 5 s`}
        />
      </div>
      <div className="row admin-tools">
        <TextField
          label="Find"
          value={search}
          onChange={setSearch}
          placeholder="account, address, path, digest"
        />
        <Choice label="Kind" value={kind} options={kinds} onChange={setKind} />
        <IconButton
          icon={paused ? Play : Pause}
          label={paused ? 'Go on' : 'Hold'}
          pressed={paused}
          onPress={() => setPaused(!paused)}
        />
        <Button isDisabled={cursor === null} onPress={() => void older()}>
          Older
        </Button>
        <span className="quiet">{formatCount(shown.length, 'line')}</span>
      </div>
      <Grid
        label="Log of the server"
        className="framed"
        rows={rows}
        columns={columns}
        textOf={textOf}
        rowHeight={26}
        empty={<span className="quiet">What happens from now on appears here.</span>}
      />
    </>
  );
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function belongsTo(kind: string, event: string): boolean {
  if (kind === 'transfer') return isTransfer(event);
  if (kind === 'login') return /^(?:login|logout|session)/u.test(event);
  // Changes by an administrator are named by their request.
  return event.startsWith(kind) || /^(?:POST|PUT|PATCH|DELETE) /u.test(event);
}

function isTransferEnd({ event }: ActivityLine): boolean {
  return isTransfer(event) && !/start|began|progress/u.test(event);
}

function isTransfer(event: string): boolean {
  return /^(?:transfer|upload|download)/u.test(event);
}

function bytesOf({ fields }: ActivityLine): number {
  const { bytes } = fields;
  return typeof bytes === 'number' ? bytes : 0;
}

/** Sums of what lines count, in buckets of some seconds, oldest first. */
function over(
  lines: readonly ActivityLine[],
  now: number,
  counts: (line: ActivityLine) => boolean,
  amount: (line: ActivityLine) => number,
): readonly number[] {
  const last = Math.floor(now / bucketMs);
  const sums = Array.from({ length: shownBuckets }, () => 0);
  for (const line of lines) {
    const age = last - Math.floor(line.at / bucketMs);
    // Newest first: what comes now is older still.
    if (age >= shownBuckets) break;
    const index = shownBuckets - 1 - Math.max(0, age);
    if (counts(line)) sums[index] = (sums[index] ?? 0) + amount(line);
  }
  return sums;
}

let nextId = 1;

/** Follows the log by server-sent events, a few times a second however much comes; returns how to stop. */
function follow(take: (lines: readonly ActivityLine[]) => void): () => void {
  const source = new EventSource('/api/v1/log/follow');
  let pending: ActivityLine[] = [];
  source.addEventListener('message', ({ data }) => {
    pending.push(lineOf(JSON.parse(String(data)) as Record<string, unknown>));
  });
  const timer = setInterval(() => {
    if (pending.length === 0) return;
    take(pending);
    pending = [];
  }, 250);
  return () => {
    clearInterval(timer);
    source.close();
  };
}

/** Fields that have a column of their own, or say nothing to people. */
const told = new Set(
  'id event time at account user actor remoteAddress remotePort session bytes path target outcome'.split(' '),
);

function lineOf(fields: Record<string, unknown>): ActivityLine {
  const time = fields['time'] ?? fields['at'];
  const at = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Date.now();
  const { path, target, bytes, outcome } = fields;
  const way = [path, target].filter((part) => typeof part === 'string').join(' → ');
  const rest = Object.entries(fields)
    .filter(([key, value]) => !told.has(key) && value !== null && value !== '')
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = [way, typeof bytes === 'number' ? formatBytes(bytes) : '', wordOf(outcome), ...rest]
    .filter((part) => part !== '')
    .join(' · ');
  return {
    id: nextId++,
    at: Number.isNaN(at) ? Date.now() : at,
    event: wordOf(fields['event']),
    fields,
    text,
  };
}
