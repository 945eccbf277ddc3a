import type { TLSSocket } from 'node:tls';
import { isPending, type Awaitable } from '#core/awaitable.ts';
import type { ByteChannel } from '#core/byte-channel.ts';
import { WherryError } from '#core/errors.ts';
import type { TcpSocket } from '#native/index.ts';
import { networkContains, parseAddress, parseNetwork } from '../../wire/address.ts';
import type { FtpConnection } from '../connection.ts';
import type { ProxyPolicy } from '../options.ts';
import { connectTls } from '../tls/client-handshake.ts';
import { acceptTls, describeTls, type HandshakeTransport } from '../tls/server-handshake.ts';
import { TlsIntake } from '../../channel/tls-intake.ts';
import type { DataPolicy } from './data-connections.ts';
import { TlsReceiveChannel } from '../../channel/tls-receive-channel.ts';
import { TlsSendChannel } from './tls-send-channel.ts';

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
  if (channel instanceof TlsSendChannel || channel instanceof TlsReceiveChannel) return channel.end();
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
    tunnelOnly: connection.mustProtectData && !connection.state.security.protectData,
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

interface TlsUse {
  readonly use: DataUse;
  readonly asTlsClient: boolean;
}

/** Takes a data connection into TLS; the direction decides how its octets pass. */
async function secure(
  connection: FtpConnection,
  socket: TcpSocket,
  { use, asTlsClient }: TlsUse,
): Promise<ByteChannel> {
  const handshake = asTlsClient ? handshakeAsClient : handshakeAsServer;
  try {
    return await (use === 'upload' ? receive : send)(connection, socket, handshake);
  } catch (thrown) {
    const message = thrown instanceof WherryError ? thrown.message : 'TLS failed on the data connection';
    throw new WherryError('not-trusted', `Data connection: ${message}`, { cause: thrown });
  }
}

type Handshake = typeof handshakeAsServer;

async function send(
  connection: FtpConnection,
  plain: TcpSocket,
  handshake: Handshake,
): Promise<TlsSendChannel> {
  const socket = plain.toNodeSocket();
  try {
    const tls = await handshake(connection, socket);
    tellOfHandshake(connection, tls);
    return new TlsSendChannel(tls, connection.options.timeouts.closeMs);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

async function receive(
  connection: FtpConnection,
  plain: TcpSocket,
  handshake: Handshake,
): Promise<TlsReceiveChannel> {
  const { options, session } = connection;
  const intake = new TlsIntake(plain);
  try {
    const { promise, resolve } = Promise.withResolvers<TlsReceiveChannel>();
    const tls = await handshake(connection, intake, (early) => {
      resolve(
        new TlsReceiveChannel(early, {
          transport: plain,
          intake,
          requireCloseNotify: options.requireCloseNotify,
          closeTimeoutMs: options.timeouts.closeMs,
          onTruncation: () => {
            if (!session.events.wants('warning')) return;
            const message = `Session ${session.id}: an upload ended without a TLS close_notify`;
            session.events.emit({ event: 'warning', message });
          },
        }),
      );
    });
    tellOfHandshake(connection, tls);
    return await promise;
  } catch (thrown) {
    intake.destroy();
    throw thrown;
  }
}

function tellOfHandshake({ session }: FtpConnection, tls: TLSSocket): void {
  if (!session.events.wants('negotiated')) return;
  const description = describeTls(tls);
  session.events.emit({ event: 'negotiated', ...session.facts(), channel: 'data', description });
}

async function handshakeAsServer(
  connection: FtpConnection,
  transport: HandshakeTransport,
  prepare?: (socket: TLSSocket) => void,
): Promise<TLSSocket> {
  const { options } = connection;
  const { socket } = await acceptTls(transport, {
    tls: connection.sessionTls(),
    clientCertificates: 'off',
    timeoutMs: options.timeouts.tlsHandshakeMs,
    prepare,
  });
  // The ticket keys belong to this control connection alone, so a resumed session proves the same client.
  if (options.tlsSessionReuse === 'require' && !socket.isSessionReused()) {
    socket.destroy();
    throw new WherryError('not-trusted', 'the TLS session of the control connection must be resumed');
  }
  return socket;
}

async function handshakeAsClient(
  connection: FtpConnection,
  transport: HandshakeTransport,
  prepare?: (socket: TLSSocket) => void,
): Promise<TLSSocket> {
  return connectTls(transport, { timeoutMs: connection.options.timeouts.tlsHandshakeMs, prepare });
}
