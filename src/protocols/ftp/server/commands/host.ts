import { parseHostArgument } from '../../wire/host-argument.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { servesHost } from '../virtual-hosts.ts';

/** RFC 7151 HOST: before login only; naming another host begins the login anew. */
export const host: Command = {
  verb: 'HOST',
  syntax: 'HOST <name or address>',
  summary: 'Name the server that is meant, of several on one address.',
  source: 'RFC 7151',
  beforeLogin: true,
  argument: 'required',
  features: () => ['HOST'],
  run: (connection, argument) => {
    const { login } = connection.state;
    if (login.stage === 'ready') return reply(503, 'HOST comes before the login');
    const wanted = parseHostArgument(argument);
    if (!servesHost(connection, wanted)) return reply(504, 'No such host here');
    login.stage = 'need-user';
    login.user = '';
    login.accepted = [];
    login.wanted = [];
    login.host = wanted.kind === 'name' ? wanted.name : wanted.address;
    return reply(220, 'Host accepted');
  },
};
