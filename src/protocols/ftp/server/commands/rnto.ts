import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 RNTO: only directly behind RNFR; replaces an existing file as rename(2) does. */
export const rnto: Command = {
  verb: 'RNTO',
  syntax: 'RNTO <path>',
  summary: 'Rename what RNFR has named.',
  source: 'RFC 959 section 4.1.3',
  argument: 'required',
  run: async (connection, argument) => {
    const { pending } = connection.state;
    const from = pending.rename;
    pending.rename = null;
    if (from === null) return reply(503, 'Send RNFR first');
    await connection.fileSystem.rename(from, connection.resolve(argument));
    return reply(250, 'Renamed');
  },
};
