import { reply } from '../../../wire/reply.ts';
import { copyFile } from '../../copy-file.ts';
import { untilClosed } from '../../long-action.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE CPTO: only directly behind SITE CPFR. */
export const cpto: SiteCommand = {
  verb: 'CPTO',
  syntax: 'SITE CPTO <target>',
  summary: 'Copy what SITE CPFR has named.',
  source: 'ProFTPD mod_copy',
  argument: 'required',
  features: () => ['SITE CPTO'],
  run: async (connection, argument) => {
    const { pending } = connection.state;
    const from = pending.copy;
    pending.copy = null;
    if (from === null) return reply(503, 'Send SITE CPFR first');
    const to = connection.resolve(argument);
    await untilClosed(connection, (signal) => copyFile(connection.fileSystem, { from, to }, signal));
    return reply(250, 'Copied');
  },
};
