import { parseTimedPath } from '../../wire/time-arguments.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { setModificationTime } from '../file-times.ts';

/** MFMT: sets when a file was changed, and tells the time that is really stored. */
export const mfmt: Command = {
  verb: 'MFMT',
  syntax: 'MFMT <YYYYMMDDHHMMSS> <path>',
  summary: 'Set when a file was changed, in UTC.',
  source: 'draft-somers-ftp-mfxx',
  argument: 'required',
  features: ({ session }) => (session.fileSystem?.capabilities.setTimes === false ? [] : ['MFMT']),
  run: async (connection, argument) => {
    const { timeMs, path } = parseTimedPath(argument);
    const stored = await setModificationTime(connection.fileSystem, connection.resolve(path), timeMs);
    return reply(213, `Modify=${stored}; ${path}`);
  },
};
