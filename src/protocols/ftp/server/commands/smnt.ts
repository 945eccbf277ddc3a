import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 959 SMNT: there is one tree, and nothing to mount. */
export const smnt: Command = {
  verb: 'SMNT',
  syntax: 'SMNT <path>',
  summary: 'Accepted and ignored: everything is mounted already.',
  source: 'RFC 959 section 4.1.1',
  argument: 'required',
  run: () => reply(202, 'Nothing to mount here'),
};
