import {
  maximumBlockSize,
  maximumOptions,
  maximumTimeoutSeconds,
  maximumWindowSize,
  minimumBlockSize,
  minimumTimeoutSeconds,
  minimumWindowSize,
} from './limits.ts';
import { opcodes } from './packets.ts';
import { joinStrings, splitStrings } from './strings.ts';

/** The options that are understood (RFC 2348, 2349, 7440), by the names that stand on the wire. */
export const optionNames = ['blksize', 'timeout', 'tsize', 'windowsize'] as const;

/** One of {@link optionNames}. */
export type OptionName = (typeof optionNames)[number];

/** Options with usable values. What is absent was not asked for, or its value made no sense. */
export interface TransferOptions {
  /** Octets of data in a block. */
  readonly blksize?: number | undefined;
  /** Seconds between retransmissions. */
  readonly timeout?: number | undefined;
  /** Octets of the whole file; 0 in a read request asks for it. */
  readonly tsize?: number | undefined;
  /** Blocks in a row without an acknowledgement. */
  readonly windowsize?: number | undefined;
}

/** Why options cannot be read. */
export type OptionsProblem = 'malformed' | 'repeated';

const ranges: Readonly<Record<OptionName, readonly [lowest: number, highest: number, clamp: boolean]>> = {
  // A larger block or window than can be is answered by the largest: both options let the answer be smaller.
  blksize: [minimumBlockSize, maximumBlockSize, true],
  windowsize: [minimumWindowSize, maximumWindowSize, true],
  timeout: [minimumTimeoutSeconds, maximumTimeoutSeconds, false],
  tsize: [0, Number.MAX_SAFE_INTEGER, false],
};

function isOptionName(name: string): name is OptionName {
  return (optionNames as readonly string[]).includes(name);
}

/**
 * Reads name and value pairs. Names are taken in any case and order; unknown ones, and values that make no sense,
 * are left out as RFC 2347 has it. An empty name ends the options: some boot ROMs pad with NULs.
 */
export function readOptions(strings: readonly Uint8Array[]): TransferOptions | OptionsProblem {
  const found: { [Name in OptionName]?: number } = {};
  const seen = new Set<string>();
  for (let index = 0; index < strings.length; index += 2) {
    const [nameBytes, valueBytes] = [strings[index], strings[index + 1]];
    if (nameBytes === undefined || nameBytes.length === 0) break;
    if (valueBytes === undefined || seen.size >= maximumOptions) return 'malformed';
    const name = Buffer.from(nameBytes).toString('latin1').toLowerCase();
    if (seen.has(name)) return 'repeated';
    seen.add(name);
    if (!isOptionName(name)) continue;
    const value = readValue(name, Buffer.from(valueBytes).toString('latin1'));
    if (value !== null) found[name] = value;
  }
  return found;
}

function readValue(name: OptionName, text: string): number | null {
  if (!/^\d{1,16}$/.test(text)) return null;
  const value = Number(text);
  const [lowest, highest, clamp] = ranges[name];
  if (value < lowest) return null;
  if (value <= highest) return value;
  return clamp ? highest : null;
}

/** The names and values of options, in a fixed order. */
export function optionStrings(options: TransferOptions): string[] {
  return optionNames.flatMap((name) => (options[name] === undefined ? [] : [name, String(options[name])]));
}

/** An OACK; null when there is nothing to acknowledge, for which RFC 2347 has no packet. */
export function encodeOptionAcknowledgement(options: TransferOptions): Buffer | null {
  const strings = optionStrings(options);
  return strings.length === 0 ? null : joinStrings(opcodes.optionAcknowledgement, strings);
}

/**
 * Reads an OACK and holds it against what was asked (RFC 2347): only options that were asked for, no block or
 * window larger than asked, the very same timeout.
 *
 * @returns the options that hold, or null when the answer must be refused with ERROR 8
 */
export function readOptionAcknowledgement(
  packet: Uint8Array,
  asked: TransferOptions,
): TransferOptions | null {
  const strings = splitStrings(packet);
  if (strings === null) return null;
  const known: { [Name in OptionName]?: number } = {};
  for (let index = 0; index + 1 < strings.length; index += 2) {
    const name = Buffer.from(strings[index] ?? [])
      .toString('latin1')
      .toLowerCase();
    if (name === '') break;
    if (!isOptionName(name) || asked[name] === undefined || known[name] !== undefined) return null;
    const value = readValue(name, Buffer.from(strings[index + 1] ?? []).toString('latin1'));
    if (value === null || !fits(name, value, asked[name])) return null;
    known[name] = value;
  }
  return known;
}

function fits(name: OptionName, value: number, asked: number): boolean {
  if (name === 'tsize') return true;
  return name === 'timeout' ? value === asked : value <= asked;
}
