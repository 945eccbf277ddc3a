import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 4217 PROT: C or P; read when the next transfer begins. */
export const prot: Command = {
  verb: 'PROT',
  syntax: 'PROT C|P',
  summary: 'Send data connections in the clear (C) or encrypted (P).',
  source: 'RFC 2228 section 3, RFC 4217 section 9',
  beforeLogin: true,
  argument: 'required',
  features: (connection) => (connection.options.tls === null ? [] : ['PROT']),
  run: (connection, argument) => {
    const { security } = connection.state;
    if (connection.control.tls === null || security.frozen) return reply(503, 'Send AUTH TLS first');
    if (!security.bufferSizeSet) return reply(503, 'Send PBSZ first');
    const level = argument.trim().toUpperCase();
    if (level === 'S' || level === 'E') return reply(536, 'TLS protects data as a whole: use P or C');
    if (level !== 'C' && level !== 'P') return reply(504, 'Unknown protection level, use P or C');
    if (level === 'C' && connection.mustProtectData && !connection.tunnelled) {
      return reply(534, 'Data connections must be encrypted here');
    }
    security.protectData = level === 'P';
    return reply(200, level === 'P' ? 'Data connections are encrypted' : 'Data connections are in the clear');
  },
};
