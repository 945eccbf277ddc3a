import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TcpSocket } from '#native/index.ts';
import type { PendingCommand } from '../control/pending-command.ts';
import type { FtpSession } from '../session.ts';
import type { DataChannel } from './data-channel.ts';
import { DuplexChannel } from './duplex-channel.ts';
import { PlainChannel } from './plain-channel.ts';
import { TlsDownloadChannel } from './tls-download-channel.ts';

/** How long a TLS handshake waits for the server to announce the transfer, where nobody knows which comes first. */
const handshakePatienceMs = 500;

/** What a data connection is for. */
interface Use {
  readonly command: PendingCommand;
  readonly direction: 'download' | 'upload';
}

/**
 * Makes a connection what octets pass over: in TLS where the session protects data.
 *
 * @throws WherryError as `TlsClient.secureData`
 */
export async function openChannel(
  session: FtpSession,
  connected: TcpSocket | Duplex,
  { command, direction }: Use,
  signal: AbortSignal,
): Promise<DataChannel> {
  const { tls, protectData, times } = session;
  const native = 'toNodeSocket' in connected ? connected : null;
  if (tls === null || !protectData) {
    return native === null
      ? new DuplexChannel(connected as Duplex, () => undefined)
      : new PlainChannel(native);
  }
  // pyftpdlib loses a handshake that begins before it has seen the command; others begin theirs before they reply.
  if (session.link.depth === 'none') await within(command.firstReply, handshakePatienceMs);
  const handshake = { timeoutMs: times.tlsHandshakeMs, signal };
  if (native !== null && direction === 'download') return TlsDownloadChannel.open(native, tls, handshake);
  const transport = native === null ? (connected as Duplex) : native.toNodeSocket();
  const secured = await tls.secureData(transport, handshake);
  return new DuplexChannel(secured, () => {
    // A reset while the FIN is under way would leave the handle open for ever.
    if (transport instanceof Socket && !transport.writableEnded) transport.resetAndDestroy();
    else transport.destroy();
  });
}

async function within(waited: Promise<unknown>, timeoutMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  const settle = (): void => resolve();
  void waited.then(settle, settle);
  await promise;
  clearTimeout(timer);
}
