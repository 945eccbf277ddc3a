import { listReply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { listFeatures } from '../features.ts';

/** RFC 2389 FEAT: the lines come from the rows of the commands. */
export const feat: Command = {
  verb: 'FEAT',
  syntax: 'FEAT',
  summary: 'List the extensions that this server has.',
  source: 'RFC 2389 section 3',
  beforeLogin: true,
  argument: 'none',
  run: (connection) => listReply(211, 'Features:', listFeatures(connection), 'End'),
};
