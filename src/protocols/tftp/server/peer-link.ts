import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { encodeError, errorNumbers } from '../wire/error-packet.ts';
import { opcodeOf, opcodes } from '../wire/packets.ts';

/** The way to one client. Packets go out at once; none waits for another. */
export interface PeerLink {
  send(packet: Uint8Array): void;
  /** Gives the way up. Safe to call twice. */
  close(): void;
}

/** Where a client is, and which address of this machine it talks to. */
export interface Peer {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
}

/**
 * Room for a window on its way in, and for the ACKs of a boot storm. The kernel gives at most what its own limit
 * (net.core.rmem_max) allows.
 */
const receiveBufferBytes = 1024 * 1024;

/**
 * A socket that sends to numeric addresses only, and therefore without the turn of the event loop that looking a
 * name up costs: measured, that is two fifths of the time of a send.
 */
export function createPeerSocket(localAddress: string, extra: Partial<SocketOptions> = {}): Socket {
  const family = localAddress.includes(':') ? 6 : 4;
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    lookup: (host, _options, callback) => {
      callback(null, host, family);
    },
    ...extra,
  });
}

/** Asks the kernel for a receive buffer that holds a whole window. */
export function enlargeReceiveBuffer(socket: Socket): void {
  socket.setRecvBufferSize(receiveBufferBytes);
}

const unknownTransfer = encodeError(errorNumbers.unknownTransfer, 'Unknown transfer ID');

/**
 * Opens a port for one transfer, on the address that the client asked. The socket is not connected: packets from
 * elsewhere must be seen to be answered with ERROR 5 (RFC 1350 section 4), and do not disturb the transfer.
 *
 * @param onPacket takes what the client sends; the memory is then its own
 * @throws a system error when there is no port, no descriptor, or the address has gone
 */
export function openOwnPort(peer: Peer, onPacket: (packet: Buffer) => void): PeerLink {
  const { remoteAddress, remotePort } = peer;
  const socket = createPeerSocket(peer.localAddress);
  let open = true;
  socket.on('message', (packet: Buffer, { address, port }: RemoteInfo) => {
    if (port === remotePort && address === remoteAddress) onPacket(packet);
    else if (opcodeOf(packet) !== opcodes.error) socket.send(unknownTransfer, port, address);
  });
  // Nothing to do: what was not sent or not received is tried again, and given up in time.
  socket.on('error', () => undefined);
  try {
    socket.bindSync({ address: peer.localAddress, port: 0 });
  } catch (thrown) {
    socket.close();
    throw thrown;
  }
  enlargeReceiveBuffer(socket);
  return {
    send: (packet) => {
      if (open) socket.send(packet, remotePort, remoteAddress);
    },
    close: () => {
      if (!open) return;
      open = false;
      socket.close();
    },
  };
}
