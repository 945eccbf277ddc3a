import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 DELE: removes a link itself, and never a directory. */
export const dele: Command = {
  verb: 'DELE',
  syntax: 'DELE <file>',
  summary: 'Delete a file.',
  source: 'RFC 959 section 4.1.3',
  argument: 'required',
  run: async (connection, argument) => {
    await connection.fileSystem.removeFile(connection.resolve(argument));
    return reply(250, 'File deleted');
  },
};
