import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { parseType } from '../../wire/transfer-parameters.ts';

/** RFC 959 TYPE: text with the default format control, or octets. */
export const type: Command = {
  verb: 'TYPE',
  syntax: 'TYPE A [N|T] | I | L 8',
  summary: 'Transfer as text (A) or as octets (I, L 8).',
  source: 'RFC 959 section 4.1.2, RFC 1123 section 4.1.2.1',
  argument: 'required',
  keeps: ['restart'],
  run: (connection, argument) => {
    const { parameters, pending } = connection.state;
    const wanted = parseType(argument);
    if (wanted === 'ebcdic') return reply(504, 'TYPE E is not possible here, use A or I');
    // A position in one representation is none in the other.
    if (wanted !== parameters.type) pending.restart = null;
    parameters.type = wanted;
    return reply(200, wanted === 'ascii' ? 'Type set to A' : 'Type set to I');
  },
};
