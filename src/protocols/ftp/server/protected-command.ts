import { reply, type Reply } from '../wire/reply.ts';
import type { FtpConnection } from './connection.ts';

/** Answers MIC, CONF and ENC: out of order before a security exchange, and never part of TLS (RFC 2228 section 5). */
export function refuseProtectedCommand(connection: FtpConnection): Reply {
  if (connection.control.tls === null) return reply(503, 'Send AUTH TLS first');
  return reply(537, 'TLS protects the connection as a whole');
}
