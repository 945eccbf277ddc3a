import { connect, type TLSSocket } from 'node:tls';
import { WherryError } from '#core/errors.ts';
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
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      settle(new WherryError('timeout', 'The TLS handshake took too long'));
    }, timeoutMs);
    const succeed = (): void => settle(null);
    const fail = (error: Error): void => {
      settle(new WherryError('protocol', 'The TLS handshake failed', { cause: error }));
    };
    const vanish = (): void => {
      settle(new WherryError('connection-lost', 'The connection was lost during the TLS handshake'));
    };
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      socket.off('secureConnect', succeed);
      socket.off('error', fail);
      socket.off('end', vanish);
      socket.off('close', vanish);
      if (error === null) {
        resolve();
        return;
      }
      socket.destroy();
      transport.destroy();
      reject(error);
    };
    socket.once('secureConnect', succeed);
    socket.once('error', fail);
    socket.once('end', vanish);
    socket.once('close', vanish);
  });
  return socket;
}
