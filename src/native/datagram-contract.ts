/** Where a packet came from: the peer itself, another port of the peer's address, or somewhere else. */
export type PacketOrigin = 'peer' | 'same-host' | 'stranger';

/** How a {@link PeerSocket} is opened. */
export interface PeerSocketOptions {
  /** A numeric address of this machine; the port is any free one. */
  readonly localAddress: string;
  /** A numeric address. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Takes a packet, whose memory is used again as soon as this returns. */
  readonly onPacket: (packet: Buffer, origin: PacketOrigin) => void;
}

/**
 * A UDP socket for the exchange with one peer. It is not connected, so that packets from elsewhere are seen. What the
 * kernel cannot take at once is tried again a moment later while there is nothing newer to send.
 */
export interface PeerSocket {
  /**
   * Sends packets to the peer that lie back to back, each of `packetBytes` but the last, which may be shorter. The
   * memory may be used again at once, unless the kernel is busy: then what stands there a moment later may be sent.
   */
  send(packets: Uint8Array, packetBytes: number): void;
  /** Sends to whom the packet that is being taken came from. */
  answer(packet: Uint8Array): void;
  /** Makes whom the packet that is being taken came from the peer. */
  adopt(): void;
  /** Lets the program end although the socket is open. */
  unref(): void;
  /** Gives the port back. Safe to call twice. */
  close(): void;
}

/** Opens a socket. Throws a Node-style error (EMFILE, EADDRNOTAVAIL, EINVAL for an address that is not numeric). */
export type OpenPeerSocket = (options: PeerSocketOptions) => PeerSocket;
