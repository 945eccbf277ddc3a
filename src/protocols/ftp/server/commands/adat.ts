import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 2228 ADAT: TLS exchanges nothing over it. */
export const adat: Command = {
  verb: 'ADAT',
  syntax: 'ADAT <data>',
  summary: 'Not part of TLS: answered with 503.',
  source: 'RFC 2228 section 3, RFC 4217 section 4',
  beforeLogin: true,
  secret: true,
  run: () => reply(503, 'ADAT has no place in TLS'),
};
