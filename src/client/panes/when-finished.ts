import { spawn } from 'node:child_process';
import type { QueueSettings } from '#protocols/http/contract/page/queue.ts';
import { localId, type Connections } from './connections.ts';

/** What the queue does with when it has become empty; notices and sounds are the page's. */
export interface FinishTools {
  readonly connections: Connections;
  /** The user wants the program to end. */
  readonly onExit: () => void;
}

/** Does what the user wants done once, now that nothing is left in the queue. */
export function doWhenFinished(
  { whenFinished, finishCommand }: Pick<QueueSettings, 'whenFinished' | 'finishCommand'>,
  { connections, onExit }: FinishTools,
): void {
  if (whenFinished === 'exit') onExit();
  if (whenFinished === 'run-command' && finishCommand !== null) runCommand(finishCommand);
  if (whenFinished !== 'disconnect') return;
  for (const { id } of connections.list())
    if (id !== localId) void connections.close(id).catch(() => undefined);
}

/** Runs a line of the user's own shell; it outlives this program. */
function runCommand(command: string): void {
  spawn('/bin/sh', ['-c', command], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
