import { headerBytes } from './limits.ts';

/** The six kinds of packet (RFC 1350 section 5, RFC 2347). */
export const opcodes = Object.freeze({
  read: 1,
  write: 2,
  data: 3,
  acknowledgement: 4,
  error: 5,
  optionAcknowledgement: 6,
});

/** The kind of a packet as it stands in its first two octets; 0, which no kind has, for one too short to say. */
export function opcodeOf(packet: Uint8Array): number {
  return packet.length < 2 ? 0 : ((packet[0] ?? 0) << 8) | (packet[1] ?? 0);
}

/** The block number of a DATA or ACK packet; -1 for one too short to have one. */
export function blockNumberOf(packet: Uint8Array): number {
  return packet.length < headerBytes ? -1 : ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
}

/** Writes the header of a DATA packet. */
export function writeDataHeader(packet: Uint8Array, block: number): void {
  packet[0] = 0;
  packet[1] = opcodes.data;
  packet[2] = block >> 8;
  packet[3] = block & 0xff;
}

/** An ACK of one block. */
export function encodeAcknowledgement(block: number): Buffer {
  return Buffer.from([0, opcodes.acknowledgement, block >> 8, block & 0xff]);
}
