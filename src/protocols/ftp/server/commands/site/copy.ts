import { parseTwoPaths } from '../../../wire/site-arguments.ts';
import { reply } from '../../../wire/reply.ts';
import { copyFile } from '../../copy-file.ts';
import { untilClosed } from '../../long-action.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE COPY: copies a file on the server. */
export const copy: SiteCommand = {
  verb: 'COPY',
  syntax: 'SITE COPY "<file>" "<target>"',
  summary: 'Copy a file on the server.',
  source: 'ProFTPD mod_copy',
  argument: 'required',
  features: () => ['SITE COPY'],
  run: async (connection, argument) => {
    const { first, second } = parseTwoPaths(argument);
    const paths = { from: connection.resolve(first), to: connection.resolve(second) };
    await untilClosed(connection, (signal) => copyFile(connection.fileSystem, paths, signal));
    return reply(200, 'Copied');
  },
};
