import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 ABOR: the transfer it ends has answered with 426 (or 226) by the time this runs. */
export const abor: Command = {
  verb: 'ABOR',
  syntax: 'ABOR',
  summary: 'End the running transfer and forget the data connection.',
  source: 'RFC 959 section 4.1.3, RFC 1123 section 4.1.2.10',
  duringTransfer: 'abort',
  run: (connection) => {
    connection.data.clear();
    return reply(226, 'Abort successful');
  },
};
