import { printableName } from '#core/name-encoding.ts';
import { headerBytes, maximumMessageLength } from './limits.ts';
import { blockNumberOf, opcodes } from './packets.ts';

/** The error numbers of RFC 1350 (appendix) and RFC 2347. */
export const errorNumbers = Object.freeze({
  undefined: 0,
  notFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTransfer: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionsRefused: 8,
});

/** One of {@link errorNumbers}. */
export type ErrorNumber = (typeof errorNumbers)[keyof typeof errorNumbers];

/** What an ERROR packet says. The number may be one that no RFC knows. */
export interface ErrorMessage {
  readonly number: number;
  readonly text: string;
}

/** An ERROR packet. Its text is ASCII, as netascii demands; other characters become question marks. */
export function encodeError(number: ErrorNumber, text: string): Buffer {
  const plain = text.slice(0, maximumMessageLength).replaceAll(/[^\x20-\x7e]/gu, '?');
  const packet = Buffer.alloc(headerBytes + plain.length + 1);
  packet[1] = opcodes.error;
  packet[3] = number;
  packet.write(plain, headerBytes, 'latin1');
  return packet;
}

/** Reads an ERROR packet, also one whose text has no end; nothing in the text can steer a terminal or a log. */
export function parseError(packet: Uint8Array): ErrorMessage {
  const number = blockNumberOf(packet);
  const end = packet.indexOf(0, headerBytes);
  const limit = Math.min(end < 0 ? packet.length : end, headerBytes + maximumMessageLength);
  const text = Buffer.from(packet.subarray(Math.min(headerBytes, packet.length), limit)).toString('latin1');
  return { number: Math.max(number, 0), text: printableName(text) };
}
