import { reply } from '../../wire/reply.ts';
import { parseHostPort } from '../../wire/host-port.ts';
import type { Command } from '../command.ts';
import { setActive } from '../data/set-up.ts';

/** RFC 959 PORT: only to the client itself unless server-to-server transfers are allowed (RFC 2577). */
export const port: Command = {
  verb: 'PORT',
  syntax: 'PORT <h1,h2,h3,h4,p1,p2>',
  summary: 'Name the IPv4 address and port that data connections go to.',
  source: 'RFC 959 section 4.1.2, RFC 2577',
  argument: 'required',
  keeps: ['restart'],
  run: (connection, argument) =>
    setActive(connection, parseHostPort(argument), 'PORT') ?? reply(200, 'PORT successful'),
};
