import { Pause, Play } from 'lucide-react';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { Button, IconButton } from '../components/button.tsx';
import { Choice, TextField } from '../components/fields.tsx';
import { Grid, type GridColumn } from '../components/grid.tsx';
import { arrayRows } from '../components/grid-collection.ts';
import { Name } from '../components/name.tsx';
import { formatBytes, formatClock, formatCount, formatTime } from '../model/format.ts';
import {
  auditKinds,
  bytesOf,
  isLogin,
  isTransferEnd,
  sumOver,
  wordOf,
  type AuditLine,
  type AuditQuery,
} from './audit.ts';
import { Chart } from './chart.tsx';
import { useAudit } from './use-audit.ts';

const minuteMs = 60_000;
const buckets = 120;
/** How often the curves move on. */
const stepMs = 5000;

/** How far back is looked: what it is called, and its length. */
const spans: Readonly<Record<string, readonly [label: string, ms: number]>> = {
  minutes: ['The last ten minutes', 10 * minuteMs],
  hour: ['The last hour', 60 * minuteMs],
  day: ['The last day', 1440 * minuteMs],
  week: ['The last seven days', 7 * 1440 * minuteMs],
  month: ['The last 30 days', 30 * 1440 * minuteMs],
};

const labelsOf = (choices: Readonly<Record<string, readonly [label: string, ...rest: unknown[]]>>) =>
  Object.fromEntries(Object.entries(choices).map(([key, [label]]) => [key, label]));

const columns: readonly GridColumn<AuditLine>[] = [
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

const keyOf = ({ id }: AuditLine): number => id;
const textOf = ({ event, text }: AuditLine): string => `${event} ${text}`;

/** What has happened on the server and what happens now: searched at the server, with curves over the time asked for. */
export function Activity(): ReactNode {
  const [span, setSpan] = useState('hour');
  const spanMs = spans[span]?.[1] ?? minuteMs;
  const [now, setNow] = useState(() => Date.now());
  const [query, setQuery] = useState<AuditQuery>(() => ({
    account: '',
    remoteAddress: '',
    path: '',
    from: Date.now() - spanMs,
  }));
  const [kind, setKind] = useState('all');
  const [held, setHeld] = useState(false);
  const { lines, reading, more, readMore } = useAudit(query, held);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), stepMs);
    return () => clearInterval(timer);
  }, []);
  const shown = useMemo(() => lines.filter(auditKinds[kind]?.[1] ?? (() => true)), [lines, kind]);
  const rows = useMemo(() => arrayRows(shown, keyOf), [shown]);
  const put = (fields: Partial<AuditQuery>): void => setQuery((before) => ({ ...before, ...fields }));
  const over = { from: now - spanMs, to: now, buckets };
  const every = `in ${formatStep(spanMs / buckets)}`;
  const count = (fits: (line: AuditLine) => boolean): readonly number[] =>
    sumOver(lines, over, (line) => (fits(line) ? 1 : 0));
  return (
    <>
      <div className="tiles">
        <Chart label="Transfers" values={count(isTransferEnd)} format={(value) => `${value} ${every}`} />
        <Chart
          label="Bytes moved"
          values={sumOver(lines, over, (line) => (isTransferEnd(line) ? bytesOf(line) : 0))}
          format={(value) => `${formatBytes(value)} ${every}`}
        />
        <Chart label="Logins" values={count(isLogin)} format={(value) => `${value} ${every}`} />
      </div>
      <div className="row admin-tools">
        <Choice
          label="When"
          value={span}
          options={labelsOf(spans)}
          onChange={(next) => {
            setSpan(next);
            setNow(Date.now());
            put({ from: Date.now() - (spans[next]?.[1] ?? minuteMs) });
          }}
        />
        <Choice label="Kind" value={kind} options={labelsOf(auditKinds)} onChange={setKind} />
        <TextField label="Account" value={query.account} onChange={(account) => put({ account })} />
        <TextField
          label="Address"
          value={query.remoteAddress}
          onChange={(remoteAddress) => put({ remoteAddress })}
        />
        <TextField
          label="Path"
          value={query.path}
          placeholder="/in, or *.csv"
          onChange={(path) => put({ path })}
        />
        <IconButton
          icon={held ? Play : Pause}
          label={held ? 'Go on' : 'Hold'}
          pressed={held}
          onPress={() => setHeld(!held)}
        />
        <Button isDisabled={!more || reading} onPress={readMore}>
          Older
        </Button>
        <span className="quiet">
          {formatCount(shown.length, 'line')}
          {more ? ', and more' : ''}
        </span>
      </div>
      <Grid
        label="Log of the server"
        className="framed"
        rows={rows}
        columns={columns}
        textOf={textOf}
        rowHeight={26}
        empty={<span className="quiet">{reading ? 'Reading …' : 'Nothing like that has happened.'}</span>}
      />
    </>
  );
}

/** The length of a bucket in words. */
function formatStep(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60
    ? `${seconds} s`
    : seconds < 3600
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`;
}
