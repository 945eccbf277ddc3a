import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** Commands that need a data connection, which is all that PRET can announce. */
const announced: ReadonlySet<string> = new Set(['RETR', 'STOR', 'APPE', 'STOU', 'LIST', 'NLST', 'MLSD']);

/** PRET: tells a distributed server ahead of PASV what will follow; here it makes no difference. */
export const pret: Command = {
  verb: 'PRET',
  syntax: 'PRET <transfer command> [<path>]',
  summary: 'Announce the command that follows PASV.',
  source: 'DrFTPD',
  argument: 'required',
  keeps: ['restart'],
  features: () => ['PRET'],
  run: (_connection, argument) => {
    const verb = (argument.split(' ', 1)[0] ?? '').toUpperCase();
    return announced.has(verb)
      ? reply(200, 'OK, send PASV')
      : reply(501, 'PRET announces a transfer command');
  },
};
