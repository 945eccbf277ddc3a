import { parseTwoPaths } from '../../../wire/site-arguments.ts';
import { reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE SYMLINK: the text of the link first, as `ln -s`; one that would lead out of the tree never resolves. */
export const symlink: SiteCommand = {
  verb: 'SYMLINK',
  syntax: 'SITE SYMLINK "<target>" "<link>"',
  summary: 'Make a symbolic link.',
  source: 'ProFTPD mod_site_misc',
  argument: 'required',
  features: ({ session }) => (session.fileSystem?.capabilities.symlinks === false ? [] : ['SITE SYMLINK']),
  run: async (connection, argument) => {
    const { first, second } = parseTwoPaths(argument);
    const { fileSystem } = connection;
    if (!fileSystem.capabilities.symlinks || fileSystem.createSymlink === undefined) {
      return reply(504, 'There are no symbolic links here');
    }
    await fileSystem.createSymlink(first, connection.resolve(second));
    return reply(200, 'Link made');
  },
};
