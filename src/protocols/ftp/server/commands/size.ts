import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { transferSize } from '../file-size.ts';
import { untilClosed } from '../long-action.ts';

/** RFC 3659 SIZE: what RETR would send now. */
export const size: Command = {
  verb: 'SIZE',
  syntax: 'SIZE <file>',
  summary: 'Tell how many octets RETR would send.',
  source: 'RFC 3659 section 4',
  argument: 'required',
  features: () => ['SIZE'],
  run: async (connection, argument) => {
    const path = connection.resolve(argument);
    const octets = await untilClosed(connection, (signal) => transferSize(connection, path, signal));
    return reply(213, String(octets));
  },
};
