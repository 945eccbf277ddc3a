import { WherryError } from '#core/errors.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 RNTO: only directly behind RNFR; replaces an existing file as rename(2) does. */
export const rnto: Command = {
  verb: 'RNTO',
  syntax: 'RNTO <path>',
  summary: 'Rename what RNFR has named.',
  source: 'RFC 959 section 4.1.3',
  keeps: ['rename'],
  argument: 'required',
  run: async (connection, argument) => {
    const { pending } = connection.state;
    const from = pending.rename;
    pending.rename = null;
    if (from === null) return reply(503, 'Send RNFR first');
    try {
      await connection.fileSystem.rename(from, connection.resolve(argument));
    } catch (thrown) {
      // The syntax was right, which 501 would deny: the new name lies in the directory that is to move.
      if (!(thrown instanceof WherryError) || thrown.code !== 'invalid-argument') throw thrown;
      throw new WherryError('name-invalid', 'A directory cannot be moved into itself', { cause: thrown });
    }
    return reply(250, 'Renamed');
  },
};
