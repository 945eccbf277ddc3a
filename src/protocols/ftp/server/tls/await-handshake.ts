import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { WherryError } from '#core/errors.ts';

interface HandshakeWait {
  /** What TLS runs over; destroyed with it when the handshake fails. */
  readonly transport: Duplex;
  /** The event with which Node tells this side that the handshake is through. */
  readonly completed: 'secure' | 'secureConnect';
  readonly timeoutMs: number;
}

/**
 * Waits until a TLS handshake is through, on either side of it.
 *
 * @throws WherryError `timeout`, `protocol` with OpenSSL's reason as cause, or `connection-lost`; the transport is
 *   then destroyed
 */
export async function awaitHandshake(
  socket: TLSSocket,
  { transport, completed, timeoutMs }: HandshakeWait,
): Promise<void> {
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
      socket.off(completed, succeed);
      socket.off('error', fail);
      socket.off('_tlsError', fail);
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
    socket.once(completed, succeed);
    socket.once('error', fail);
    // Where Node's own server would hear of a failed handshake; never emitted by a client.
    socket.once('_tlsError', fail);
    // A peer that has said its last word completes no handshake.
    socket.once('end', vanish);
    socket.once('close', vanish);
  });
}
