import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** SSCN, for secure server-to-server transfers: which side is the TLS client of data connections with files. */
export const sscn: Command = {
  verb: 'SSCN',
  syntax: 'SSCN [ON|OFF]',
  summary: 'Make this server the TLS client (ON) or server (OFF) of data connections with files.',
  source: 'the practice of secure FXP servers',
  features: (connection) => (connection.options.tls === null ? [] : ['SSCN']),
  run: (connection, argument) => {
    const { security } = connection.state;
    const wanted = argument.trim().toUpperCase();
    if (wanted === '') return reply(200, `SSCN:${security.clientMode ? 'CLIENT' : 'SERVER'} METHOD`);
    if (wanted !== 'ON' && wanted !== 'OFF') return reply(501, 'Use SSCN ON or SSCN OFF');
    if (!security.protectData) return reply(503, 'Send PROT P first');
    security.clientMode = wanted === 'ON';
    return reply(200, `SSCN:${security.clientMode ? 'CLIENT' : 'SERVER'} METHOD`);
  },
};
