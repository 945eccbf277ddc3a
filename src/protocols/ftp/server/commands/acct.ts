import { Secret } from '#core/secret.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { continueLogin } from '../login.ts';

/** RFC 959 ACCT: accounting information, for accounts that ask for it. */
export const acct: Command = {
  verb: 'ACCT',
  syntax: 'ACCT <information>',
  summary: 'Give the accounting information that 332 asks for.',
  source: 'RFC 959 section 4.1.1',
  beforeLogin: true,
  argument: 'required',
  secret: true,
  run: (connection, argument) => {
    const { stage } = connection.state.login;
    if (stage === 'ready') return reply(202, 'No account is needed here');
    if (stage !== 'need-account') return reply(503, 'Send USER and PASS first');
    return continueLogin(connection, { kind: 'account', information: new Secret(argument) });
  },
};
