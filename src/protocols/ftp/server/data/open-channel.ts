import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import type { TcpSocket } from '#native/index.ts';
import { networkContains, parseAddress, parseNetwork } from '../../wire/address.ts';
import type { FtpConnection } from '../connection.ts';
import type { ProxyPolicy } from '../options.ts';
import { acceptTls, describeTls } from '../tls/server-handshake.ts';
import { TlsUnderlay } from '../tls/tls-underlay.ts';
import type { DataPolicy } from './data-connections.ts';
import { TlsChannel } from './tls-channel.ts';

/** What will pass over a data connection; only files may be subject to SSCN, only uploads can be truncated. */
export type DataUse = 'download' | 'upload' | 'listing';

/** Whether the account, or this server as a whole, lets this peer take part in server-to-server transfers. */
export function admitsForeignPeer(connection: FtpConnection, remoteAddress: string): boolean {
  const address = parseAddress(remoteAddress);
  if (address === null) return false;
  const networks = [...connection.options.fxpNetworks, ...(connection.session.account?.fxpNetworks ?? [])];
  return networks.some((text) => {
    const network = parseNetwork(text);
    return network !== null && networkContains(network, address);
  });
}

/**
 * Opens the data connection that was set up, protected as PROT says at this moment.
 *
 * @throws WherryError `connection-refused`, `aborted`, `timeout`, or `not-trusted` when TLS does not prove the peer
 */
export function openDataChannel(connection: FtpConnection, use: DataUse): Awaitable<ByteChannel> {
  const { data, state } = connection;
  const { protectData, clientMode } = state.security;
  const asTlsClient = data.tlsClient || (clientMode && use !== 'listing');
  const opened = data.open(dataPolicy(connection));
  if (!protectData) return opened;
  if (isPending(opened)) return opened.then((socket) => secure(connection, socket, { use, asTlsClient }));
  return secure(connection, opened, { use, asTlsClient });
}

/** Ends a data connection properly after its last octet. */
export function completeDataChannel(channel: ByteChannel): Awaitable<void> {
  // Closing a plain socket sends FIN behind the last octet by itself.
  if (channel instanceof TlsChannel) return channel.end();
  return channel.destroy();
}

/** Whom a proxy's connection is made for; the proxy itself where its header names nobody. */
async function truePeer(proxy: ProxyPolicy, socket: TcpSocket, timeoutMs: number): Promise<string> {
  if (!proxy.trusts(socket.remoteAddress)) return socket.remoteAddress;
  return (await proxy.unwrap(socket, timeoutMs))?.remoteAddress ?? socket.remoteAddress;
}

function dataPolicy(connection: FtpConnection): DataPolicy {
  const { session, options } = connection;
  const { proxy, timeouts } = options;
  const { remoteAddress, localAddress } = session.endpoint;
  return {
    controlAddress: remoteAddress,
    localAddress,
    connectMs: options.timeouts.connectMs,
    admits: (address) => admitsForeignPeer(connection, address),
    unwrapProxy:
      proxy === null || !connection.proxied ? null : (socket) => truePeer(proxy, socket, timeouts.connectMs),
    onStranger: (address) => {
      if (!session.events.wants('warning')) return;
      const message = `Session ${session.id}: a data connection from ${address} was turned away, it is not the client's`;
      session.events.emit({ event: 'warning', message });
    },
  };
}

async function secure(
  connection: FtpConnection,
  plain: TcpSocket,
  { use, asTlsClient }: { readonly use: DataUse; readonly asTlsClient: boolean },
): Promise<ByteChannel> {
  const { options, session } = connection;
  const socket = plain.toNodeSocket();
  socket.setNoDelay(true);
  // Only an upload needs to know how the peer ended; the layer that tells it costs speed.
  const transport = use === 'upload' && !asTlsClient ? new TlsUnderlay(socket) : null;
  let tls: TLSSocket;
  try {
    tls = asTlsClient
      ? await handshakeAsClient(socket, options.timeouts.tlsHandshakeMs)
      : await handshakeAsServer(connection, transport ?? socket);
  } catch (thrown) {
    socket.destroy();
    const message = thrown instanceof WherryError ? thrown.message : 'TLS failed on the data connection';
    throw new WherryError('not-trusted', `Data connection: ${message}`, { cause: thrown });
  }
  if (session.events.wants('negotiated')) {
    session.events.emit({
      event: 'negotiated',
      ...session.facts(),
      channel: 'data',
      description: describeTls(tls),
    });
  }
  return new TlsChannel(tls, {
    transport,
    requireCloseNotify: options.requireCloseNotify,
    closeTimeoutMs: options.timeouts.closeMs,
  });
}

async function handshakeAsServer(
  connection: FtpConnection,
  transport: Socket | TlsUnderlay,
): Promise<TLSSocket> {
  const { options } = connection;
  const { socket } = await acceptTls(transport, {
    tls: connection.sessionTls(),
    clientCertificates: 'off',
    timeoutMs: options.timeouts.tlsHandshakeMs,
  });
  // The ticket keys belong to this control connection alone, so a resumed session proves the same client.
  if (options.tlsSessionReuse === 'require' && !socket.isSessionReused()) {
    socket.destroy();
    throw new WherryError('not-trusted', 'the TLS session of the control connection must be resumed');
  }
  return socket;
}

/** In server-to-server transfers one of the servers is the TLS client; neither can know the other's name. */
async function handshakeAsClient(socket: Socket, timeoutMs: number): Promise<TLSSocket> {
  const tls = connectTls({ socket, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      tls.destroy();
      reject(new WherryError('timeout', 'The TLS handshake took too long'));
    }, timeoutMs);
    tls.once('secureConnect', () => {
      clearTimeout(timer);
      resolve();
    });
    tls.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    tls.once('close', () => {
      clearTimeout(timer);
      reject(new WherryError('connection-lost', 'The connection was lost during the TLS handshake'));
    });
  });
  return tls;
}
