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
  /**
   * Answers acknowledgements with the blocks of a file from here on, so that `onPacket` gets only what is none. Absent
   * where every packet passes through the program.
   *
   * Throws a Node-style error when there is no memory.
   */
  openBlockStream?(options: BlockStreamOptions): BlockStream;
  /** Takes the peer's blocks from here on and acknowledges them; otherwise as {@link openBlockStream}. */
  openBlockIntake?(options: BlockStreamOptions): BlockIntake;
  /** Lets the program end although the socket is open. */
  unref(): void;
  /** Gives the port back. Safe to call twice. */
  close(): void;
}

/** How a file is cut into DATA packets (RFC 1350, 2348, 7440). */
export interface BlockStreamOptions {
  readonly blockBytes: number;
  /** Blocks in a row without an acknowledgement. */
  readonly windowBlocks: number;
  /** The block number after 65535. */
  readonly rollover: 0 | 1;
}

/** How far a {@link BlockStream} has come with its peer. */
export interface StreamProgress {
  /** Acknowledgements so far that confirmed a block. */
  readonly answers: number;
  /** Milliseconds since the last of them. */
  readonly quietMs: number;
  /** A round trip in milliseconds measured since the last look; null when there was none to measure. */
  readonly roundTripMs: number | null;
  /** Whether blocks are on their way that are not acknowledged. */
  readonly inFlight: boolean;
}

/**
 * Sends a file as numbered blocks to the peer of a {@link PeerSocket}. It answers acknowledgements by itself, and
 * sends nothing again but when told: who watches the time looks at its progress.
 */
export interface BlockStream {
  /**
   * Sends `length` octets of the file from `position` on, where the last slice has ended. Settles when all but the
   * last window is on its way, with fewer octets than `length` only where the file has ended. The file may be closed
   * when the last promise has settled. Rejects with a Node-style error of the disk.
   */
  sendFile(fileDescriptor: number, position: number, length: number): Promise<number>;
  /** Sends the last, short block; settles when it is acknowledged. */
  end(): Promise<void>;
  /** Sends again what is not acknowledged. */
  retransmit(): void;
  look(): StreamProgress;
  /** Sends nothing more, and rejects what waits. Safe to call twice. */
  close(error: Error): void;
}

/**
 * Takes the numbered blocks of the peer of a {@link PeerSocket} in order and acknowledges windows of them, as long as
 * there is memory to fill; it repeats an acknowledgement only for a gap, for a repeated block, and when told.
 */
export interface BlockIntake {
  /** Whether the last block has come; what of it did not fit is still to be filled in. */
  readonly ended: boolean;
  /** Fills the memory; settles with fewer octets than it holds only at the end. Only one call at a time. */
  fill(target: Uint8Array): Promise<number>;
  /** Says again how far it has come. */
  acknowledgeAgain(): void;
  /** Of blocks that have come. */
  look(): StreamProgress;
  /** Takes nothing more, and rejects what waits. Safe to call twice. */
  close(error: Error): void;
}

/** Opens a socket. Throws a Node-style error (EMFILE, EADDRNOTAVAIL, EINVAL for an address that is not numeric). */
export type OpenPeerSocket = (options: PeerSocketOptions) => PeerSocket;
