import type { Command } from '../command.ts';
import { sendList } from '../listing/send-list.ts';

/** RFC 959 LIST, in the form of `ls -l`; a directory that is missing is refused before 150. */
export const list: Command = {
  verb: 'LIST',
  syntax: 'LIST [-aAdFhlLnrRSt] [<path or pattern>]',
  summary: 'Send a listing for people to read.',
  source: 'RFC 959 section 4.1.3, RFC 1123 section 4.1.2.7',
  usesData: true,
  run: (connection, argument) => sendList(connection, argument, 'long'),
};
