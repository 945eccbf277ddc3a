import { Secret } from '#core/secret.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { continueLogin } from '../login.ts';

/** RFC 959 PASS: everything after the first space is the password, which may be empty. */
export const pass: Command = {
  verb: 'PASS',
  syntax: 'PASS <password>',
  summary: 'Go on to log in with a password.',
  source: 'RFC 959 section 4.1.1, RFC 1635',
  beforeLogin: true,
  secret: true,
  run: (connection, argument) => {
    const { login } = connection.state;
    if (login.stage === 'ready') return reply(202, 'Already logged in');
    if (login.stage !== 'need-password') return reply(503, 'Send USER first');
    return continueLogin(connection, { kind: 'password', password: new Secret(argument) });
  },
};
