import { listReply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { factLine } from '../listing/fact-lines.ts';
import { mlstFeature } from '../listing/opts-mlst.ts';

/** RFC 3659 MLST: the facts of one path, on the control connection. */
export const mlst: Command = {
  verb: 'MLST',
  syntax: 'MLST [<path>]',
  summary: 'Tell the facts of one file or directory.',
  source: 'RFC 3659 section 7',
  features: (connection) => [mlstFeature(connection)],
  run: async (connection, argument) => {
    const path = connection.resolve(argument);
    return listReply(250, `Listing ${path}`, [await factLine(connection, path)], 'End');
  },
};
