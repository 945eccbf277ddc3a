import type { Command } from '../command.ts';
import { receiveFile } from '../transfers.ts';

/** RFC 959 STOR: the file takes its name when it is whole; after REST it is written in place. */
export const stor: Command = {
  verb: 'STOR',
  syntax: 'STOR <file>',
  summary: 'Receive a file from the client.',
  source: 'RFC 959 section 4.1.3, RFC 3659 section 5',
  usesData: true,
  keeps: ['restart'],
  argument: 'required',
  run: (connection, argument) =>
    receiveFile(connection, { path: connection.resolve(argument), disposition: 'replace' }),
};
