import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 NOOP. */
export const noop: Command = {
  verb: 'NOOP',
  syntax: 'NOOP',
  summary: 'Do nothing, and show that the server is there.',
  source: 'RFC 959 section 4.1.3',
  beforeLogin: true,
  duringTransfer: 'answer',
  keeps: ['restart'],
  run: () => reply(200, 'OK'),
};
