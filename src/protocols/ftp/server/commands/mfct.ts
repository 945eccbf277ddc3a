import { parseTimedPath } from '../../wire/time-arguments.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** MFCT: no file system here lets the time change at which a file was made, and so FEAT does not list it. */
export const mfct: Command = {
  verb: 'MFCT',
  syntax: 'MFCT <YYYYMMDDHHMMSS> <path>',
  summary: 'Refused: when a file was made cannot be changed.',
  source: 'draft-somers-ftp-mfxx',
  argument: 'required',
  run: async (connection, argument) => {
    const { path } = parseTimedPath(argument);
    await connection.fileSystem.stat(connection.resolve(path));
    return reply(504, 'The time at which a file was made cannot be changed');
  },
};
