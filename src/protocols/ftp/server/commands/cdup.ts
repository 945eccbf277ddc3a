import { parentOf } from '#core/virtual-path.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 CDUP: stays at the root there; 250 like CWD, as its text asks and not as its table shows. */
export const cdup: Command = {
  verb: 'CDUP',
  aliases: ['XCUP'],
  syntax: 'CDUP',
  summary: 'Change to the parent directory.',
  source: 'RFC 959 section 4.1.1, RFC 775',
  run: async (connection) => {
    const path = parentOf(connection.state.directory);
    await connection.fileSystem.stat(path);
    connection.state.directory = path;
    return reply(250, 'Directory changed');
  },
};
