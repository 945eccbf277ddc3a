import { randomBytes } from 'node:crypto';
import { joinName, nameOf, parentOf, rootPath } from '#core/virtual-path.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { receiveFile } from '../transfers.ts';

/** RFC 959 STOU, with the preliminary reply that RFC 1123 fixes: a name that nobody else can have taken. */
export const stou: Command = {
  verb: 'STOU',
  syntax: 'STOU [<hint>]',
  summary: 'Receive a file under a new name that the reply tells.',
  source: 'RFC 959 section 4.1.3, RFC 1123 section 4.1.2.9',
  usesData: true,
  keeps: ['restart'],
  run: async (connection, argument) => {
    const { pending, directory } = connection.state;
    if (pending.restart !== null) {
      pending.restart = null;
      return reply(551, 'REST does not go with STOU');
    }
    const hint = argument === '' ? joinName(directory, 'file') : connection.resolve(argument);
    const stem = hint === rootPath ? 'file' : nameOf(hint);
    const name = `${stem.slice(0, 200)}.${randomBytes(8).toString('hex')}`;
    const path = joinName(hint === rootPath ? rootPath : parentOf(hint), name);
    return receiveFile(connection, {
      path,
      disposition: 'create',
      preliminary: `FILE: ${name}`,
      completed: `Transfer complete (unique name: ${name})`,
    });
  },
};
