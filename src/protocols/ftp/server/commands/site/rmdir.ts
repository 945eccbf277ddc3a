import { reply } from '../../../wire/reply.ts';
import { removeDirectoryTree } from '../../remove-directory-tree.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE RMDIR: with everything in it, as RMDA. */
export const rmdir: SiteCommand = {
  verb: 'RMDIR',
  syntax: 'SITE RMDIR <directory>',
  summary: 'Remove a directory and everything in it.',
  source: 'ProFTPD mod_site_misc',
  argument: 'required',
  features: () => ['SITE RMDIR'],
  run: async (connection, argument) => {
    await removeDirectoryTree(connection, argument);
    return reply(200, 'Directory removed');
  },
};
