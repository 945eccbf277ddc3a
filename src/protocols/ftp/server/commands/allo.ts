import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { parseAllocation } from '../../wire/transfer-parameters.ts';

/** RFC 959 ALLO: space is allocated as it is used; nothing is made or truncated. */
export const allo: Command = {
  verb: 'ALLO',
  syntax: 'ALLO <octets> [R <octets>]',
  summary: 'Accepted: space is allocated as it is used.',
  source: 'RFC 959 section 4.1.3',
  argument: 'required',
  run: (_connection, argument) => {
    parseAllocation(argument);
    return reply(202, 'No allocation needed');
  },
};
