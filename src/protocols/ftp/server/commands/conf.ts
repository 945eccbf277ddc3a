import type { Command } from '../command.ts';
import { refuseProtectedCommand } from '../protected-command.ts';

/** RFC 2228 CONF: TLS protects the whole connection, and single commands never. */
export const conf: Command = {
  verb: 'CONF',
  syntax: 'CONF <base64>',
  summary: 'Not part of TLS: refused.',
  source: 'RFC 2228 section 4, RFC 4217 section 4',
  beforeLogin: true,
  secret: true,
  run: refuseProtectedCommand,
};
