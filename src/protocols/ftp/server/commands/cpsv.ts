import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { setPassive } from '../data/set-up.ts';

/** CPSV, for secure server-to-server transfers: PASV whose one connection sees this server as the TLS client. */
export const cpsv: Command = {
  verb: 'CPSV',
  syntax: 'CPSV',
  summary: 'As PASV, with this server as the TLS client of the next data connection.',
  source: 'the practice of secure FXP servers',
  argument: 'none',
  keeps: ['restart'],
  features: (connection) => (connection.options.tls === null ? [] : ['CPSV']),
  run: (connection) => {
    if (connection.control.tls === null) return reply(503, 'Send AUTH TLS first');
    return setPassive(connection, 'CPSV');
  },
};
