import { quotePath, reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 PWD, with the quoting of its appendix II. */
export const pwd: Command = {
  verb: 'PWD',
  aliases: ['XPWD'],
  syntax: 'PWD',
  summary: 'Tell the working directory.',
  source: 'RFC 959 section 4.1.3, RFC 775',
  argument: 'none',
  run: (connection) => reply(257, `${quotePath(connection.state.directory)} is the current directory`),
};
