import { yieldToTransfers } from '#threads/yield-to-transfers.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { toWherryError } from '#core/errors.ts';
import { AuditDatabase } from './audit-database.ts';
import type { AuditAnswer, AuditRequest, AuditWorkerData, RecoveredAudit } from './audit-messages.ts';
import { JournalTaker } from './journal-taker.ts';
import { cautiousClock } from './steady-clock.ts';

// What is told may wait; what is transferred may not.
yieldToTransfers();

/** Between two attempts to forget something, while there may be more. */
const forgetAgainMs = 50;

const { file, directory, retention } = workerData as AuditWorkerData;
const port = parentPort;
if (port === null) throw new Error('The audit runs in a thread of its own');

interface Work {
  readonly database: AuditDatabase;
  readonly taker: JournalTaker;
  /** By which what is old is judged. */
  readonly now: () => number;
}

/** What the thread works on, once it is open. */
let opened: Work | null = null;

function work(): Work {
  if (opened === null) {
    const database = new AuditDatabase(file);
    opened = { database, taker: new JournalTaker(directory, database), now: cautiousClock(database.newest) };
  }
  return opened;
}

function answer(id: number, ask: () => unknown): void {
  let message: AuditAnswer;
  try {
    message = { id, outcome: 'done', value: ask() };
  } catch (thrown) {
    const { code, message: words } = toWherryError(thrown, 'keep the audit');
    message = { id, outcome: 'failed', code, message: words };
  }
  port?.postMessage(message);
}

function forget(): void {
  try {
    const { database, now } = work();
    if (database.forget(retention, now())) setTimeout(forget, forgetAgainMs);
  } catch {
    // The next round tries again; a full disk is told by those who write.
  }
}

port.on('message', ({ id, request }: { readonly id: number; readonly request: AuditRequest }) => {
  answer(id, () => {
    const { database, taker } = work();
    if (request.kind === 'recover')
      return { next: taker.recover(), newest: database.newest } satisfies RecoveredAudit;
    if (request.kind === 'search') return database.search(request.query);
    if (request.kind === 'forget') return forget();
    if (request.kind === 'take') return taker.take(request.upTo);
    database.close();
    return port.close();
  });
});
