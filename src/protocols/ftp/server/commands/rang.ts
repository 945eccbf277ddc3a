import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { parseRange } from '../../wire/transfer-parameters.ts';

/** RANG (draft-bryan-ftp-range): both ends inclusive; `RANG 1 0` takes it back. */
export const rang: Command = {
  verb: 'RANG',
  syntax: 'RANG <first> <last>',
  summary: 'Restrict the next transfer or HASH to a part of the file.',
  source: 'draft-bryan-ftp-range',
  argument: 'required',
  features: () => ['RANG STREAM'],
  run: (connection, argument) => {
    const { pending } = connection.state;
    const range = parseRange(argument);
    if (range === null) return reply(350, 'Range reset');
    pending.restart = { start: range.first, end: range.last };
    return reply(350, `Restricted to ${range.first}-${range.last}`);
  },
};
