import type { Command } from '../command.ts';
import { sendFile } from '../transfers.ts';

/** RFC 959 RETR. */
export const retr: Command = {
  verb: 'RETR',
  syntax: 'RETR <file>',
  summary: 'Send a file to the client.',
  source: 'RFC 959 section 4.1.3, RFC 3659 section 5',
  usesData: true,
  keeps: ['restart'],
  argument: 'required',
  run: (connection, argument) => sendFile(connection, connection.resolve(argument)),
};
