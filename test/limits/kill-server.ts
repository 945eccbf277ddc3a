/**
 * A server that a test kills: `alice` with a quota over a directory, its state and audit in another. Run as
 * `kill-server.ts TREE DATA`; says its FTP port in one line of JSON once it listens, and each warning in another.
 */
import { fixedAccounts } from '#accounts/index.ts';
import type { Accounts } from '#core/authentication.ts';
import { isPending } from '#core/awaitable.ts';
import { noAccountLimits } from '#core/limits.ts';
import { EventBus } from '#engine/events.ts';
import { createServer } from '#server/create-server.ts';
import { openOperations } from '#server/operations.ts';
import { local } from '#storage/index.ts';

const [tree = '', data = ''] = process.argv.slice(2);
const events = new EventBus();
const fileSystem = local(tree);
const inner = fixedAccounts([{ name: 'alice', password: 'wonderland', fileSystem }]);
const limits = { ...noAccountLimits, quotaBytes: 1_000_000_000, quotaFiles: 1_000_000 };
const accounts: Accounts = {
  authenticate: (attempt, signal) => {
    const outcome = inner.authenticate(attempt, signal);
    if (isPending(outcome) || outcome.outcome !== 'accepted') return outcome;
    return { outcome: 'accepted', account: { ...outcome.account, limits } };
  },
};
events.subscribe((event) => process.stdout.write(`${JSON.stringify(event)}\n`), ['warning']);
const operations = await openOperations({ directory: data, events });
const server = await createServer({
  accounts,
  events,
  passivePorts: [0, 0],
  ...operations.serverOptions,
  listen: { host: '127.0.0.1', ftp: 0 },
});
process.stdout.write(`${JSON.stringify({ ftp: server.listeners[0]?.port })}\n`);
process.on('SIGTERM', () => {
  void server.close({ graceMs: 0 }).then(() => operations.close());
});
