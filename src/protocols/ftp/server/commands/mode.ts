import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { parseMode } from '../../wire/transfer-parameters.ts';

/** RFC 959 MODE, and MODE Z of draft-preston-ftpext-deflate. */
export const mode: Command = {
  verb: 'MODE',
  syntax: 'MODE S|B|Z',
  summary: 'Transfer as a stream (S), in blocks (B) or compressed with zlib (Z).',
  source: 'RFC 959 section 4.1.2, draft-preston-ftpext-deflate',
  argument: 'required',
  features: () => ['MODE Z'],
  run: (connection, argument) => {
    const wanted = parseMode(argument);
    if (wanted === 'compressed') return reply(504, 'MODE C is not possible here, use S, B or Z');
    connection.state.parameters.mode = wanted;
    return reply(200, `Mode set to ${wanted}`);
  },
};
