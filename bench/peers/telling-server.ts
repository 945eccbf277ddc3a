/**
 * A server whose audit can be switched off and on while it runs, so that what telling costs is measured within one
 * process: two that are alike in everything differ by more. Run as `telling-server.ts TREE DATA USER PASSWORD`; says its
 * port in a line, and answers each line `tell` or `be silent` with `done` when that holds and nothing is left to be taken over.
 */
import { createInterface } from 'node:readline';
import { fixedAccounts } from '#accounts/index.ts';
import { EventBus } from '#engine/events.ts';
import { auditedEvents } from '#server/audit/audit-record.ts';
import { AuditTrail } from '#server/audit/audit-trail.ts';
import { createServer } from '#server/create-server.ts';
import { local } from '#storage/index.ts';

const [tree = '', directory = '', name = '', password = ''] = process.argv.slice(2);
const events = new EventBus();
/** What the audit hears. */
const told = new EventBus();
// More often than as it comes, so that a short run has its share of taking over.
const audit = await AuditTrail.open({ directory, events: told, takeIntervalMs: 250 });
const server = await createServer({
  accounts: fixedAccounts([{ name, password, fileSystem: local(tree) }]),
  events,
  passivePorts: [26_000, 29_999],
  listen: { host: '127.0.0.1', ftp: 0 },
});

const nothing = (): void => undefined;
let stop = nothing;

async function obey(command: string): Promise<void> {
  stop();
  await audit.flush();
  const names = [...auditedEvents, 'change-begun', 'change-failed'] as const;
  stop = command === 'tell' ? events.subscribe((event) => told.emit(event), names) : nothing;
}

const say = (line: string | number): boolean => process.stdout.write(`${line}\n`);
say(server.listeners[0]?.port ?? 0);
for await (const command of createInterface({ input: process.stdin })) {
  await obey(command);
  say('done');
}
