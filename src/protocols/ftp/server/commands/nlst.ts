import type { Command } from '../command.ts';
import { sendList } from '../listing/send-list.ts';

/** RFC 959 NLST: each name can be given to RETR as it is, so that it has the path in front that was asked for. */
export const nlst: Command = {
  verb: 'NLST',
  syntax: 'NLST [-aAlrRSt] [<path or pattern>]',
  summary: 'Send the bare names, one a line.',
  source: 'RFC 959 section 4.1.3, RFC 1123 section 4.1.2.7',
  usesData: true,
  run: (connection, argument) => sendList(connection, argument, 'names'),
};
