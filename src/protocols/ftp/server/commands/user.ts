import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { beginLogin } from '../login.ts';

/** Longest user name; what is longer is nobody's. */
const maximumUserName = 255;

/** RFC 959 USER: begins a login, at any time. */
export const user: Command = {
  verb: 'USER',
  syntax: 'USER <name>',
  summary: 'Begin to log in.',
  source: 'RFC 959 section 4.1.1',
  beforeLogin: true,
  argument: 'required',
  run: (connection, argument) => {
    if (argument.length > maximumUserName) return reply(501, 'The user name is too long');
    return beginLogin(connection, argument);
  },
};
