import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { openPeerSocket, type BlockStream, type BlockStreamOptions } from '#native/datagrams.ts';
import { encodeError, errorNumbers } from '../wire/error-packet.ts';
import { opcodeOf, opcodes } from '../wire/packets.ts';

/** The way to one client. */
export interface PeerLink {
  /** Sends packets that lie back to back, each of `packetBytes` but the last, which may be shorter. */
  send(packets: Uint8Array, packetBytes: number): void;
  /** As {@link PeerSocket.openBlockStream}. */
  openBlockStream?(options: BlockStreamOptions): BlockStream;
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
 * @param onPacket takes what the client sends; the memory is used again afterwards
 * @throws a system error when there is no port, no descriptor, or the address has gone
 */
export function openOwnPort(peer: Peer, onPacket: (packet: Buffer) => void): PeerLink {
  const { localAddress, remoteAddress, remotePort } = peer;
  const socket = openPeerSocket({
    localAddress,
    remoteAddress,
    remotePort,
    onPacket: (packet, origin) => {
      if (origin === 'peer') onPacket(packet);
      else if (opcodeOf(packet) !== opcodes.error) socket.answer(unknownTransfer);
    },
  });
  return socket;
}
