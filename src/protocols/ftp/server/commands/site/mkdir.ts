import { WherryError } from '#core/errors.ts';
import { resolveVirtualPath, rootPath, pathSegments } from '#core/virtual-path.ts';
import { reply } from '../../../wire/reply.ts';
import type { SiteCommand } from './site-command.ts';

/** SITE MKDIR: with all directories on the way, as `mkdir -p`; what is a directory already is no error. */
export const mkdir: SiteCommand = {
  verb: 'MKDIR',
  syntax: 'SITE MKDIR <directory>',
  summary: 'Make a directory and those above it.',
  source: 'ProFTPD mod_site_misc',
  argument: 'required',
  features: () => ['SITE MKDIR'],
  run: async (connection, argument) => {
    const { fileSystem, state } = connection;
    const mode = 0o777 & ~state.parameters.umask;
    let path = rootPath;
    for (const name of pathSegments(connection.resolve(argument))) {
      path = resolveVirtualPath(path, name);
      try {
        const { type } = await fileSystem.stat(path);
        if (type !== 'directory') throw new WherryError('not-directory', 'Not a directory', { path });
      } catch (thrown) {
        if (!(thrown instanceof WherryError) || thrown.code !== 'not-found') throw thrown;
        await fileSystem.makeDirectory(path, { mode });
      }
    }
    return reply(200, 'Directory made');
  },
};
