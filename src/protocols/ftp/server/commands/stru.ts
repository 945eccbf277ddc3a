import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { parseStructure } from '../../wire/transfer-parameters.ts';

/** RFC 959 STRU: file or record. */
export const stru: Command = {
  verb: 'STRU',
  syntax: 'STRU F|R',
  summary: 'Transfer files without structure (F), or their lines as records (R).',
  source: 'RFC 959 section 4.1.2',
  argument: 'required',
  run: (connection, argument) => {
    connection.state.parameters.structure = parseStructure(argument);
    return reply(200, `Structure set to ${connection.state.parameters.structure}`);
  },
};
