import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { parseRestart } from '../../wire/transfer-parameters.ts';

/** RFC 3659 REST in stream mode: a position in octets for the next transfer. */
export const rest: Command = {
  verb: 'REST',
  syntax: 'REST <octets>',
  summary: 'Begin the next transfer at a position.',
  source: 'RFC 959 section 4.1.3, RFC 3659 section 5',
  argument: 'required',
  features: () => ['REST STREAM'],
  run: (connection, argument) => {
    const { pending } = connection.state;
    const start = parseRestart(argument);
    if (start > 0) pending.restart = { start, end: null };
    return reply(350, `Restarting at ${start}`);
  },
};
