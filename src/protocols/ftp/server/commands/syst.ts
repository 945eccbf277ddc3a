import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 SYST: clients choose their listing parser by the first word. */
export const syst: Command = {
  verb: 'SYST',
  syntax: 'SYST',
  summary: 'Tell the kind of system.',
  source: 'RFC 959 section 4.1.3',
  beforeLogin: true,
  argument: 'none',
  run: () => reply(215, 'UNIX Type: L8'),
};
