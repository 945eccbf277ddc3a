import {
  noTotals,
  type QueueAction,
  type QueueTotals,
  type TransferRecord,
  type TransferState,
} from '#protocols/http/contract/page/queue.ts';
import { call, describe, stream } from '../api/call.ts';
import { listen } from '../api/socket.ts';
import { notify } from './notices.ts';
import { createStore } from './store.ts';

/** The three lists of the queue, as the page shows them. */
export interface QueueView {
  readonly queued: readonly TransferRecord[];
  readonly failed: readonly TransferRecord[];
  readonly done: readonly TransferRecord[];
}

export type QueueTab = keyof QueueView;

const tabs: Readonly<Record<TransferState, QueueTab>> = {
  queued: 'queued',
  scanning: 'queued',
  active: 'queued',
  waiting: 'queued',
  paused: 'queued',
  done: 'done',
  skipped: 'done',
  failed: 'failed',
};

/** States a list of the queue holds. */
export const tabStates: Readonly<Record<QueueTab, readonly TransferState[]>> = {
  queued: ['queued', 'scanning', 'active', 'waiting', 'paused'],
  failed: ['failed'],
  done: ['done', 'skipped'],
};

export const queue = createStore<QueueView>({ queued: [], failed: [], done: [] });
export const totals = createStore<QueueTotals>(noTotals);

const records = new Map<string, TransferRecord>();
let drawing: number | null = null;

/** Puts what changed on show, once however many messages came. */
function draw(): void {
  drawing ??= window.setTimeout(() => {
    drawing = null;
    const view: Record<QueueTab, TransferRecord[]> = { queued: [], failed: [], done: [] };
    for (const record of records.values()) view[tabs[record.state]].push(record);
    view.queued.sort(runningFirst);
    view.done.reverse();
    queue.set(view);
  }, 60);
}

const rank: Partial<Record<TransferState, number>> = { active: 0, scanning: 0, waiting: 1 };

function runningFirst(one: TransferRecord, other: TransferRecord): number {
  return (rank[one.state] ?? 2) - (rank[other.state] ?? 2) || other.priority - one.priority;
}

/** Reads the whole queue; it lives at the backend's end and may be older than the page. */
export async function readQueue(): Promise<void> {
  records.clear();
  try {
    for await (const line of stream('GET /queue')) {
      if ('totals' in line) totals.set(line.totals);
      else for (const record of line.transfers) records.set(record.id, record);
    }
  } catch (error) {
    notify('error', `Cannot read the queue: ${describe(error)}`);
  }
  draw();
}

listen('queue', (message) => {
  for (const record of message.transfers) records.set(record.id, record);
  for (const [id, doneBytes, bytesPerSecond] of message.progress) {
    const record = records.get(id);
    if (record !== undefined) records.set(id, { ...record, doneBytes, bytesPerSecond });
  }
  for (const id of message.removed) records.delete(id);
  totals.set(message.totals);
  draw();
});

/** Does something with transfers of the queue; tells when it could not be done. */
export async function actOnQueue(action: QueueAction): Promise<void> {
  try {
    await call('POST /queue/actions', { body: action });
  } catch (error) {
    notify('error', describe(error));
  }
}
