import { WherryError } from '#core/errors.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** AVBL: what an upload into a directory may still take. */
export const avbl: Command = {
  verb: 'AVBL',
  syntax: 'AVBL [<directory>]',
  summary: 'Tell how many octets may still be stored.',
  source: 'draft-peterson-streamlined-ftp-command-extensions',
  features: ({ session }) => (session.fileSystem?.capabilities.space === false ? [] : ['AVBL']),
  run: async (connection, argument) => {
    const { fileSystem } = connection;
    const path = connection.resolve(argument);
    const { type } = await fileSystem.stat(path);
    if (type !== 'directory') throw new WherryError('not-directory', 'Not a directory', { path });
    if (!fileSystem.capabilities.space || fileSystem.space === undefined)
      return reply(550, 'The free space is not known');
    const { availableBytes } = await fileSystem.space(path);
    return reply(213, String(availableBytes));
  },
};
