/**
 * Tells an audit of uploads until it is killed, and says in lines of its own, each written before the next thing happens,
 * which it has begun (`begun N`) and which it has told to the end (`done N`). Run as
 * `journal-storm.ts DIRECTORY mapped|written FIRST [LINE]`; with LINE, as `done 7`, it kills itself when it has said that.
 */
import { writeSync } from 'node:fs';
import { EventBus } from '#engine/events.ts';
import { mapFile } from '#native/index.ts';
import { AuditTrail } from '#server/audit/audit-trail.ts';

const [directory = '', kind = '', first = '', last = ''] = process.argv.slice(2);
const events = new EventBus();
await AuditTrail.open({
  directory,
  events,
  // A file is full after some thirty uploads, and taken over meanwhile.
  journalFileBytes: 10_000,
  takeIntervalMs: 2,
  mapFile: kind === 'mapped' ? mapFile : () => null,
});

const session = {
  session: '1',
  protocol: 'ftp',
  remoteAddress: '192.0.2.7',
  remotePort: 5000,
  account: 'alice',
} as const;

/** Says a line, and waits for the reader where the pipe is full. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      break;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EAGAIN') throw thrown;
    }
  }
  if (line === last) process.kill(process.pid, 'SIGKILL');
}

function tell(number: number): void {
  const path = `/${number}`;
  events.emit({ event: 'change-begun', ...session, action: 'upload', path, other: null });
  say(`begun ${number}`);
  events.emit({
    event: 'transfer-finished',
    ...session,
    direction: 'upload',
    path,
    bytes: number,
    durationMs: 1,
    result: 'completed',
    reason: null,
    sha256: null,
  });
  say(`done ${number}`);
}

for (let number = Number(first); ; number += 1) {
  tell(number);
  // Every now and then the event loop has its turn, so that the journal is taken over.
  if (number % 10 === 0) await new Promise(setImmediate);
}
