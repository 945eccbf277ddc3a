/** Longest tag or MAC of any protection here (HMAC-SHA-512). */
export const maximumTagLength = 64;

/** Protects outgoing packets of one direction under one set of keys. */
export interface Sealer {
  /** Padding makes packets a multiple of this; at least 8 (RFC 4253 section 6). */
  readonly blockLength: number;
  /** Whether the length field counts into that multiple; it does not where it stays outside of the cipher. */
  readonly lengthInBlocks: boolean;
  /**
   * Protects a packet where it lies and puts the tag or MAC behind it.
   *
   * @param room in front length field, padding length, payload and padding, in the clear; behind them at least
   *   {@link maximumTagLength} octets
   * @param length octets of the packet
   * @returns octets of what is to be sent
   */
  seal(room: Buffer, length: number, sequence: number): number;
}

/** Checks and opens incoming packets of one direction under one set of keys. */
export interface Opener {
  /** Octets that are needed to learn a packet's length. */
  readonly headerLength: number;
  /** Octets of tag or MAC behind the packet. */
  readonly tagLength: number;
  /** What the packet has to be a multiple of. */
  readonly blockLength: number;
  readonly lengthInBlocks: boolean;
  /** Learns the length field of the packet that begins in `source` at `offset`; called once for each packet. */
  readLength(source: Buffer, offset: number, sequence: number): number;
  /**
   * Opens the whole packet at `offset`.
   *
   * @returns padding length, payload and padding, in memory that nothing else has a view of
   * @throws SshDisconnect (`integrity`) when it was changed on the way
   */
  open(source: Buffer, offset: number, packetLength: number, sequence: number): Buffer;
  /** The same for one packet in memory that nothing else has a view of, and that becomes the result's. */
  openOwn?(packet: Buffer): Buffer;
}
