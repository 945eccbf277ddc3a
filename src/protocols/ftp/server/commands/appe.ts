import type { Command } from '../command.ts';
import { receiveFile } from '../transfers.ts';

/** RFC 959 APPE: at the end of the file, or where REST says (RFC 3659 section 5.3). */
export const appe: Command = {
  verb: 'APPE',
  syntax: 'APPE <file>',
  summary: 'Receive data and append them to a file, which is made where it is missing.',
  source: 'RFC 959 section 4.1.3, RFC 3659 section 5.3',
  usesData: true,
  keeps: ['restart'],
  argument: 'required',
  run: (connection, argument) =>
    receiveFile(connection, { path: connection.resolve(argument), disposition: 'append' }),
};
