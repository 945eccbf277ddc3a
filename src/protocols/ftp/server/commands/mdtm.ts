import { WherryError } from '#core/errors.ts';
import { readLegacyTimedPath } from '../../wire/time-arguments.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { modificationTime, setModificationTime } from '../file-times.ts';

/**
 * RFC 3659 MDTM. Before MFMT there was, clients set times by putting one in front of the path; a file whose name
 * looks like that is told of all the same.
 */
export const mdtm: Command = {
  verb: 'MDTM',
  syntax: 'MDTM <file> | <YYYYMMDDHHMMSS> <file>',
  summary: 'Tell when a file was changed, in UTC.',
  source: 'RFC 3659 section 3',
  argument: 'required',
  features: () => ['MDTM'],
  run: async (connection, argument) => {
    const { fileSystem } = connection;
    const path = connection.resolve(argument);
    try {
      return reply(213, modificationTime(await fileSystem.stat(path), path));
    } catch (thrown) {
      const legacy = readLegacyTimedPath(argument);
      if (legacy === null || !(thrown instanceof WherryError) || thrown.code !== 'not-found') throw thrown;
      return reply(
        213,
        await setModificationTime(fileSystem, connection.resolve(legacy.path), legacy.timeMs),
      );
    }
  },
};
