import type { LogLine } from '#protocols/http/contract/page/log.ts';
import { call } from '../api/call.ts';
import { listen } from '../api/socket.ts';
import { createStore } from './store.ts';

/** Older lines are let go: a log of a day must not fill the browser. */
const keptLines = 5000;

export const log = createStore<readonly LogLine[]>([]);

let pending: LogLine[] = [];

listen('log', ({ lines }) => {
  if (pending.length === 0) setTimeout(takePending, 80);
  pending.push(...lines);
});

function takePending(): void {
  log.set([...log.get(), ...pending].slice(-keptLines));
  pending = [];
}

export async function readLog(): Promise<void> {
  const { lines } = await call('GET /log');
  log.set(lines);
}

export async function clearLog(): Promise<void> {
  await call('DELETE /log');
  log.set([]);
}
