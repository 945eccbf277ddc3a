import { decodeName } from '#core/name-encoding.ts';
import { maximumRequestBytes } from './limits.ts';
import { opcodeOf, opcodes } from './packets.ts';
import { optionStrings, readOptions, type TransferOptions } from './options.ts';
import { joinStrings, splitStrings } from './strings.ts';

/** How octets stand for text (RFC 1350): as they are, or with the line ends of a network terminal. */
export type TransferMode = 'octet' | 'netascii';

/** What a client wants. */
export interface TransferRequest {
  readonly direction: 'read' | 'write';
  /** As {@link decodeName} makes it, not yet checked nor resolved. */
  readonly fileName: string;
  readonly mode: TransferMode;
  readonly options: TransferOptions;
}

/** Why a request cannot be served, in words that name the broken rule. */
export interface RequestProblem {
  readonly problem: 'malformed' | 'mode' | 'repeated-option';
  readonly text: string;
}

const malformed: RequestProblem = Object.freeze({ problem: 'malformed', text: 'Malformed request' });
const repeated: RequestProblem = Object.freeze({
  problem: 'repeated-option',
  text: 'An option is given twice',
});

/**
 * Reads a read or write request (RFC 1350 section 5, RFC 2347). Null for every other kind of packet: whoever
 * receives one where requests are expected stays silent, so that no packet can set two servers talking.
 */
export function parseRequest(packet: Uint8Array): TransferRequest | RequestProblem | null {
  const opcode = opcodeOf(packet);
  if (opcode !== opcodes.read && opcode !== opcodes.write) return null;
  if (packet.length > maximumRequestBytes) return malformed;
  const strings = splitStrings(packet);
  const [name, modeBytes, ...rest] = strings ?? [];
  if (name === undefined || modeBytes === undefined || name.length === 0) return malformed;
  const mode = Buffer.from(modeBytes).toString('latin1').toLowerCase();
  if (mode !== 'octet' && mode !== 'netascii') {
    return { problem: 'mode', text: mode === 'mail' ? 'Mail is not supported' : 'Unknown transfer mode' };
  }
  const options = readOptions(rest);
  if (options === 'malformed') return malformed;
  if (options === 'repeated') return repeated;
  return { direction: opcode === opcodes.read ? 'read' : 'write', fileName: decodeName(name), mode, options };
}

/** A read or write request. @param fileName octets of the name, without NUL */
export function encodeRequest(request: {
  readonly direction: 'read' | 'write';
  readonly fileName: Uint8Array;
  readonly mode: TransferMode;
  readonly options: TransferOptions;
}): Buffer {
  const strings = [request.fileName, request.mode, ...optionStrings(request.options)];
  return joinStrings(opcodes[request.direction], strings);
}
