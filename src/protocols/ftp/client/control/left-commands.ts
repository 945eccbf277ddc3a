import { WherryError } from '#core/errors.ts';
import type { Reply } from '../../wire/reply.ts';
import type { PendingCommand } from './pending-command.ts';

/** Commands that may be given again to a server that has not answered them. */
const repeatable: ReadonlySet<string> = new Set(['EPSV', 'PASV', 'NOOP']);
/** Commands that are of no use without the transfer behind them. */
const announcing: ReadonlySet<string> = new Set(['PORT', 'EPRT']);

const noDataConnection: Reply = { code: 425, lines: ['The data connection did not come about'] };

/**
 * Settles commands that were sent over a control connection that is left to a server stuck in a transfer. Transfers are
 * told that their data connection failed (425), which is so; of others nobody knows whether they will be done.
 *
 * @returns those that do no harm when they are sent again
 */
export function settleLeft(commands: readonly PendingCommand[]): PendingCommand[] {
  for (const command of commands) {
    if (command.transfer || announcing.has(command.verb)) command.resolve(noDataConnection);
    else if (!repeatable.has(command.verb)) command.reject(leftBehind());
  }
  return commands.filter(({ verb }) => repeatable.has(verb));
}

function leftBehind(): WherryError {
  return new WherryError('connection-lost', 'The server was stuck, and the connection to it was left behind');
}
