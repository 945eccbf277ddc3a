import type { Command } from '../command.ts';
import { setPassive } from '../data/set-up.ts';

/** RFC 959 PASV: IPv4 only. */
export const pasv: Command = {
  verb: 'PASV',
  syntax: 'PASV',
  summary: 'Wait for the data connection on a port that the reply tells.',
  source: 'RFC 959 section 4.1.2, RFC 1123 section 4.1.2.6',
  argument: 'none',
  keeps: ['restart'],
  run: (connection) => setPassive(connection, 'PASV'),
};
