import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 QUIT: waits for a running transfer, whose reply comes first. */
export const quit: Command = {
  verb: 'QUIT',
  syntax: 'QUIT',
  summary: 'End the session, after a running transfer.',
  source: 'RFC 959 section 4.1.1',
  beforeLogin: true,
  run: (connection) => {
    connection.close(reply(221, 'Goodbye'), 'quit');
    return null;
  },
};
