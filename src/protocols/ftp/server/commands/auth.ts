import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';
import type { FtpConnection } from '../connection.ts';
import { FtpState } from '../state.ts';

/** TLS-C is an older name for TLS; TLS-P and SSL imply that data connections are protected too. */
const mechanisms: Readonly<Record<string, { readonly protectsData: boolean }>> = {
  TLS: { protectsData: false },
  'TLS-C': { protectsData: false },
  SSL: { protectsData: false },
  'TLS-P': { protectsData: true },
};

/** RFC 4217 AUTH TLS: everything set or logged in before is forgotten, for it came in the clear. */
export const auth: Command = {
  verb: 'AUTH',
  syntax: 'AUTH TLS',
  summary: 'Encrypt the control connection with TLS.',
  source: 'RFC 2228 section 3, RFC 4217 section 4',
  beforeLogin: true,
  argument: 'required',
  features: (connection) =>
    connection.options.tls === null || connection.implicitTls ? [] : ['AUTH TLS', 'AUTH SSL'],
  run: (connection, argument) => {
    const mechanism = mechanisms[argument.trim().toUpperCase()];
    if (mechanism === undefined) return reply(504, 'Unknown security mechanism, use TLS');
    if (connection.options.tls === null) return reply(534, 'TLS is not set up on this server');
    if (connection.control.tls !== null) return reply(503, 'The connection is encrypted already');
    return secure(connection, mechanism.protectsData);
  },
};

async function secure(connection: FtpConnection, protectsData: boolean): Promise<null> {
  const { session, options } = connection;
  connection.data.clear();
  session.become(null);
  const { failures, host } = connection.state.login;
  connection.send(reply(234, 'TLS negotiation follows'));
  try {
    await connection.secureControl();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'the TLS handshake failed';
    connection.destroy(reason);
    return null;
  }
  Object.assign(connection.state, new FtpState(options.timeouts.idleMs));
  connection.state.login.failures = failures;
  connection.state.login.host = host;
  connection.state.security.bufferSizeSet = protectsData;
  connection.state.security.protectData = protectsData;
  return null;
}
