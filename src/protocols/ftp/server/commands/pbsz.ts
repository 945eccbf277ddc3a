import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

const largest = 2 ** 32 - 1;

/** RFC 4217 PBSZ: TLS streams need no buffer, so every size becomes 0. */
export const pbsz: Command = {
  verb: 'PBSZ',
  syntax: 'PBSZ 0',
  summary: 'Set the protection buffer size, which is 0 with TLS.',
  source: 'RFC 2228 section 3, RFC 4217 section 8',
  beforeLogin: true,
  argument: 'required',
  features: (connection) => (connection.options.tls === null ? [] : ['PBSZ']),
  run: (connection, argument) => {
    const { security } = connection.state;
    if (connection.control.tls === null || security.frozen) return reply(503, 'Send AUTH TLS first');
    const text = argument.trim();
    if (!/^\d+$/.test(text) || Number(text) > largest) return reply(501, 'PBSZ takes a number of 32 bits');
    security.bufferSizeSet = true;
    return reply(200, 'PBSZ=0');
  },
};
