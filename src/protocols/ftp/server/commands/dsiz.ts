import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { sizeOfTree } from '../listing/tree.ts';
import { untilClosed } from '../long-action.ts';

/** DSIZ: the files below a directory, added up; links are not followed. */
export const dsiz: Command = {
  verb: 'DSIZ',
  syntax: 'DSIZ [<directory>]',
  summary: 'Tell how many octets the files below a directory have.',
  source: 'draft-peterson-streamlined-ftp-command-extensions',
  features: () => ['DSIZ'],
  run: async (connection, argument) => {
    const { fileSystem } = connection;
    const path = connection.resolve(argument);
    const octets = await untilClosed(connection, (signal) => sizeOfTree({ fileSystem, signal }, path));
    return reply(213, String(octets));
  },
};
