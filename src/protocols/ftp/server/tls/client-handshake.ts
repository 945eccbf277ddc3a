import { connect, type TLSSocket } from 'node:tls';
import { awaitHandshake } from './await-handshake.ts';
import type { HandshakeTransport } from './server-handshake.ts';

interface ClientHandshakeOptions {
  readonly timeoutMs: number;
  /** Given the socket before the handshake begins, to take what comes right behind it. */
  readonly prepare?: ((socket: TLSSocket) => void) | undefined;
}

/**
 * Performs a TLS handshake as the client, for server-to-server transfers (SSCN, CPSV): one of the servers has to be
 * it, and neither can know what name the other's certificate should bear.
 *
 * @throws WherryError `timeout`, `protocol` with OpenSSL's reason as cause, or `connection-lost`
 */
export async function connectTls(
  transport: HandshakeTransport,
  { timeoutMs, prepare }: ClientHandshakeOptions,
): Promise<TLSSocket> {
  const socket = connect({ socket: transport, rejectUnauthorized: false });
  prepare?.(socket);
  // Stays: what fails later is told through the reader, and must not end the process before there is one.
  socket.on('error', () => undefined);
  await awaitHandshake(socket, { transport, completed: 'secureConnect', timeoutMs });
  return socket;
}
