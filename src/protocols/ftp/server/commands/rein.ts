import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import { FtpState } from '../state.ts';

/** RFC 959 REIN: as a new connection; TLS ends behind the reply (RFC 4217 section 13). */
export const rein: Command = {
  verb: 'REIN',
  syntax: 'REIN',
  summary: 'Log out and begin anew, as on a new connection.',
  source: 'RFC 959 section 4.1.1, RFC 4217 section 13',
  beforeLogin: true,
  argument: 'none',
  run: async (connection) => {
    const { options, control, session } = connection;
    connection.data.clear();
    session.become(null);
    const { failures } = connection.state.login;
    Object.assign(connection.state, new FtpState(options.timeouts.idleMs));
    // Beginning anew must not wash guesses off.
    connection.state.login.failures = failures;
    connection.send(reply(220, 'Ready for a new user'));
    if (control.tls !== null && !connection.implicitTls) {
      await control.stopTls(options.timeouts.closeMs);
      connection.tls = null;
      connection.serverName = null;
      session.security = null;
    } else if (connection.implicitTls) {
      connection.state.security.bufferSizeSet = true;
      connection.state.security.protectData = true;
    }
    return null;
  },
};
