import { reply } from '../../../wire/reply.ts';
import { requireRegular } from '../../checksum-command.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE CPFR: what it names must be there; it counts for the next command only, as RNFR does. */
export const cpfr: SiteCommand = {
  verb: 'CPFR',
  syntax: 'SITE CPFR <file>',
  summary: 'Name what the next command, SITE CPTO, copies.',
  source: 'ProFTPD mod_copy',
  argument: 'required',
  features: () => ['SITE CPFR'],
  run: async (connection, argument) => {
    const path = connection.resolve(argument);
    requireRegular(await connection.fileSystem.stat(path), path);
    connection.state.pending.copy = path;
    return reply(350, 'Send SITE CPTO with the target');
  },
};
