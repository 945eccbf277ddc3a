import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 RNFR: what it names must be there; it counts for the next command only. */
export const rnfr: Command = {
  verb: 'RNFR',
  syntax: 'RNFR <path>',
  summary: 'Name what the next command, RNTO, renames.',
  source: 'RFC 959 section 4.1.3',
  argument: 'required',
  run: async (connection, argument) => {
    const path = connection.resolve(argument);
    await connection.fileSystem.stat(path, { followSymlink: false });
    connection.state.pending.rename = path;
    return reply(350, 'Send RNTO with the new name');
  },
};
