import { WherryError } from '#core/errors.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 CWD. */
export const cwd: Command = {
  verb: 'CWD',
  aliases: ['XCWD'],
  syntax: 'CWD <directory>',
  summary: 'Change the working directory.',
  source: 'RFC 959 section 4.1.1, RFC 775',
  argument: 'required',
  run: async (connection, argument) => {
    const path = connection.resolve(argument);
    const entry = await connection.fileSystem.stat(path);
    if (entry.type !== 'directory') throw new WherryError('not-directory', 'Not a directory', { path });
    connection.state.directory = path;
    return reply(250, 'Directory changed');
  },
};
