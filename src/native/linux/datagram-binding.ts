/** What the addon keeps of an environment's sockets. */
export interface DatagramRoom {
  readonly datagrams: never;
}

/** The functions of `datagram.c`, `block_stream.c` and `block_intake.c`. Numbers below zero are negated errnos. */
export interface DatagramBinding {
  datagramStart(
    slab: Uint8Array,
    facts: Int32Array,
    onPackets: (fd: number, count: number) => void,
    onBlocks: (fd: number, event: number, octets: number) => void,
  ): DatagramRoom | number;
  datagramOpen(room: DatagramRoom, localHost: string, peerHost: string, peerPort: number): number;
  datagramSend(room: DatagramRoom, fd: number, packets: Uint8Array, packetOctets: number): number;
  datagramAnswer(room: DatagramRoom, fd: number, index: number, packet: Uint8Array): void;
  datagramAdopt(room: DatagramRoom, fd: number, index: number): void;
  datagramHold(room: DatagramRoom, fd: number, held: boolean): void;
  datagramClose(room: DatagramRoom, fd: number): void;

  blocksOpen(room: DatagramRoom, fd: number, blockOctets: number, window: number, rollover: number): number;
  blocksSend(room: DatagramRoom, fd: number, file: number, position: number, octets: number): number;
  blocksEnd(room: DatagramRoom, fd: number): number;
  blocksGive(room: DatagramRoom, fd: number, octets: Uint8Array, position: number, count: number): number;
  blocksResume(room: DatagramRoom, fd: number, again: boolean): number;
  intakeOpen(room: DatagramRoom, fd: number, blockOctets: number, window: number, rollover: number): number;
  intakeFill(room: DatagramRoom, fd: number, target: Uint8Array): number;
  intakeAgain(room: DatagramRoom, fd: number): void;
  intakeLook(room: DatagramRoom, fd: number, look: Float64Array): number;
  intakeClose(room: DatagramRoom, fd: number): void;

  blocksClose(room: DatagramRoom, fd: number): void;
  blocksLook(room: DatagramRoom, fd: number, look: Float64Array): number;
}
