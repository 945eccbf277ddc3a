import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 4217 CCC: back into the clear after login, where the administrator allows it; data keep their level. */
export const ccc: Command = {
  verb: 'CCC',
  syntax: 'CCC',
  summary: 'Go back to a control connection in the clear, where that is allowed.',
  source: 'RFC 2228 section 3, RFC 4217 section 6 and 12.3',
  beforeLogin: true,
  argument: 'none',
  features: (connection) =>
    connection.options.tls !== null && connection.options.allowClearCommandChannel ? ['CCC'] : [],
  run: async (connection) => {
    const { control, options, state, session } = connection;
    if (control.tls === null) return reply(533, 'The control connection is not encrypted');
    if (!options.allowClearCommandChannel) return reply(534, 'CCC is not allowed here');
    if (state.login.stage !== 'ready') return reply(503, 'Log in first');
    connection.send(reply(200, 'Clearing the control connection'));
    await control.stopTls(options.timeouts.closeMs);
    state.security.frozen = true;
    session.security = null;
    return null;
  },
};
