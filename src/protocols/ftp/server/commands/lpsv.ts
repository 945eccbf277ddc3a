import type { Command } from '../command.ts';
import { setPassive } from '../data/set-up.ts';

/** RFC 1639 LPSV. */
export const lpsv: Command = {
  verb: 'LPSV',
  syntax: 'LPSV',
  summary: 'Wait for the data connection on a port that the reply tells in the long form.',
  source: 'RFC 1639',
  argument: 'none',
  keeps: ['restart'],
  features: () => ['LPSV'],
  run: (connection) => setPassive(connection, 'LPSV'),
};
