import { quotePath, reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 MKD, with the quoting of its appendix II. */
export const mkd: Command = {
  verb: 'MKD',
  aliases: ['XMKD'],
  syntax: 'MKD <directory>',
  summary: 'Make a directory.',
  source: 'RFC 959 section 4.1.3, RFC 775',
  argument: 'required',
  run: async (connection, argument) => {
    const path = connection.resolve(argument);
    const mode = 0o777 & ~connection.state.parameters.umask;
    await connection.fileSystem.makeDirectory(path, { mode });
    return reply(257, `${quotePath(path)} created`);
  },
};
