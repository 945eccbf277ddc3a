import { WherryError } from '#core/errors.ts';
import { isWithin } from '#core/virtual-path.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 RMD: an empty directory, and not one that the client stands in. */
export const rmd: Command = {
  verb: 'RMD',
  aliases: ['XRMD'],
  syntax: 'RMD <directory>',
  summary: 'Remove an empty directory.',
  source: 'RFC 959 section 4.1.3, RFC 775',
  argument: 'required',
  run: async (connection, argument) => {
    const path = connection.resolve(argument);
    if (isWithin(connection.state.directory, path)) {
      throw new WherryError('permission', 'The working directory lies in it', { path });
    }
    await connection.fileSystem.removeDirectory(path);
    return reply(250, 'Directory removed');
  },
};
