import {
  noTotals,
  type QueueSettings,
  type QueueTotals,
  type TransferPriority,
  type TransferRecord,
} from '#protocols/http/contract/page/queue.ts';
import { parseAddress } from '../address.ts';
import { directionOf, priorities, type Job } from '../queue/job.ts';
import { localId, type Connections } from './connections.ts';

/** How a queue works until somebody says otherwise. */
export const defaultQueueSettings: QueueSettings = Object.freeze({
  paused: false,
  parallel: 2,
  parallelDownloads: 0,
  parallelUploads: 0,
  downloadLimit: null,
  uploadLimit: null,
  existingDownload: 'ask',
  existingUpload: 'ask',
  preserveTimes: true,
  verify: true,
  retries: 3,
  serverToServer: 'auto',
  whenFinished: 'nothing',
  finishCommand: null,
});

/** How a state counts in the numbers of the queue. */
export const groupOf: Readonly<Record<TransferRecord['state'], 'queued' | 'active' | 'done' | 'failed'>> = {
  queued: 'queued',
  paused: 'queued',
  waiting: 'queued',
  scanning: 'active',
  active: 'active',
  done: 'done',
  skipped: 'done',
  failed: 'failed',
};

/**
 * The queue in numbers.
 *
 * @param sinceMs what was queued earlier belongs to a run that is over
 */
export function totalsOf(records: readonly TransferRecord[], sinceMs: number): QueueTotals {
  const totals = { ...noTotals };
  for (const { state, doneBytes, totalBytes, bytesPerSecond, queuedAt } of records) {
    const total = totalBytes ?? doneBytes;
    const group = groupOf[state];
    totals[group] += 1;
    if (group === 'queued' || group === 'active') totals.remainingBytes += Math.max(0, total - doneBytes);
    totals.bytesPerSecond += bytesPerSecond;
    if (queuedAt < sinceMs) continue;
    totals.sessionDoneBytes += doneBytes;
    totals.sessionTotalBytes += total;
  }
  return totals;
}

/** A job as the page shows it, when it is first seen. */
export function recordOf(job: Job, connections: Connections): TransferRecord {
  const [source, target] = [job.from, job.to].map((address) => {
    const found = connections.connectionAt(address);
    const { host, path } = parseAddress(address);
    const label = found?.label ?? host ?? 'This machine';
    return { label, place: { connection: found?.id ?? 'closed', path: `/${path}` } };
  }) as [SeenEnd, SeenEnd];
  return {
    id: String(job.id),
    type: job.options.kind ?? 'file',
    source: source.place,
    target: target.place,
    sourceLabel: source.label,
    targetLabel: target.label,
    direction: directionOf(job),
    queuedAt: job.addedAt,
    move: job.options.move === true,
    ...stateOf(job, null),
  };
}

interface SeenEnd {
  readonly label: string;
  readonly place: TransferRecord['source'];
}

/** What changes of a transfer while it goes on. */
export type TransferProgressState = Pick<
  TransferRecord,
  | 'state'
  | 'priority'
  | 'totalBytes'
  | 'doneBytes'
  | 'bytesPerSecond'
  | 'attempts'
  | 'error'
  | 'startedAt'
  | 'endedAt'
  | 'route'
  | 'verified'
>;

/** Where a job stands; `shown` is what the page knows of it, which may be newer than what was written down. */
export function stateOf(job: Job, shown: TransferRecord | null): TransferProgressState {
  const { state, priority, total, bytes, failures, error, errorCode } = job;
  const { startedAt, endedAt, route, verified } = job;
  return {
    state: state === 'waiting' ? 'queued' : state === 'running' ? 'active' : state,
    priority: (5 - priorities.indexOf(priority)) as TransferPriority,
    totalBytes: total ?? shown?.totalBytes ?? null,
    doneBytes: state === 'done' ? bytes : Math.max(bytes, shown?.doneBytes ?? 0),
    bytesPerSecond: state === 'running' ? (shown?.bytesPerSecond ?? 0) : 0,
    attempts: failures + (startedAt === null ? 0 : 1),
    error:
      error === null ? null : { code: errorCode ?? 'io', message: error, retryable: state === 'waiting' },
    startedAt,
    endedAt,
    route,
    verified,
  };
}

/** The beginning of an address, up to its path; the same for everything on one place. */
export function placeOf(address: string): string {
  return address.startsWith('/') ? localId : (/^[a-z+]+:\/\/[^/]*/iu.exec(address)?.[0] ?? address);
}
