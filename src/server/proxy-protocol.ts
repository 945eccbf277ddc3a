import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { WherryError } from '#core/errors.ts';

/** One end of the connection that a proxy took. */
export interface ProxiedEnd {
  /** Canonical text; IPv4 addresses in IPv6 form are shown as IPv4. */
  readonly address: string;
  readonly port: number;
}

/** What a PROXY protocol header says. */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /** `local`: the proxy connected for itself, as in a health check. */
  readonly command: 'local' | 'proxy';
  /** The client; null where the header names none (LOCAL, UNKNOWN, UNSPEC, a Unix socket). */
  readonly source: ProxiedEnd | null;
  /** What the client connected to; null where `source` is. */
  readonly destination: ProxiedEnd | null;
  /** Octets of the whole header; what follows belongs to the connection. */
  readonly length: number;
}

/** How many octets a header needs at least that is not whole yet. */
export interface IncompleteProxyHeader {
  readonly neededLength: number;
}

/** Octets that a header of either version has at least; a reader may take so many without taking more than it. */
export const shortestProxyHeader = 15;

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const versionTwoPrefixLength = 16;
const versionOnePrefix = Buffer.from('PROXY ', 'latin1');
/** The longest line of version 1 with its CRLF, by the specification (section 2.1). */
const longestLine = 107;
/**
 * Longest block of addresses and type-length-value fields of version 2. Real ones, with a TLS client certificate's
 * names, stay below 1 KiB; the 64 KiB that the length field allows are for nobody's good.
 */
export const longestProxyBlock = 4096;

/**
 * Reads the header that a proxy puts before a connection (PROXY protocol 1 and 2, HAProxy's proxy-protocol.txt).
 * Nothing is taken for a header that is not one to the letter.
 *
 * @throws WherryError `protocol` for anything else, as soon as that can be told
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | IncompleteProxyHeader {
  if (bytes.length === 0) return { neededLength: shortestProxyHeader };
  if (isBeginningOf(bytes, signature)) return parseVersionTwo(bytes);
  if (isBeginningOf(bytes, versionOnePrefix)) return parseVersionOne(bytes);
  throw invalid('it begins with neither version of one');
}

function isBeginningOf(bytes: Buffer, beginning: Buffer): boolean {
  const length = Math.min(bytes.length, beginning.length);
  return bytes.subarray(0, length).equals(beginning.subarray(0, length));
}

function parseVersionOne(bytes: Buffer): ProxyHeader | IncompleteProxyHeader {
  const end = bytes.subarray(0, longestLine).indexOf('\n');
  if (end === -1) {
    if (bytes.length >= longestLine) throw invalid('its line is too long');
    return { neededLength: bytes.length + 1 };
  }
  const length = end + 1;
  if (bytes[end - 1] !== 0x0d) throw invalid('its line does not end with CRLF');
  const line = bytes.toString('latin1', 0, end - 1);
  if (/^PROXY UNKNOWN(?: [\x20-\x7e]*)?$/u.test(line)) {
    return { version: 1, command: 'proxy', source: null, destination: null, length };
  }
  const fields = /^PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (\d{1,5}) (\d{1,5})$/u.exec(line);
  const [, family = '', source = '', destination = '', sourcePort = '', destinationPort = ''] = fields ?? [];
  if (`${isIP(source)}${isIP(destination)}` !== `${family}${family}`)
    throw invalid('its addresses are malformed');
  return {
    version: 1,
    command: 'proxy',
    source: { address: canonicalAddress(source), port: readPort(sourcePort) },
    destination: { address: canonicalAddress(destination), port: readPort(destinationPort) },
    length,
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (port > 65_535 || String(port) !== text) throw invalid('its ports are malformed');
  return port;
}

const commands: Readonly<Record<number, ProxyHeader['command']>> = { 0: 'local', 1: 'proxy' };

interface AddressBlock {
  readonly length: number;
  read(block: Buffer): Pick<ProxyHeader, 'source' | 'destination'>;
}

const noEnds = { source: null, destination: null } as const;

/** By family and transport, for streams; datagrams never come this way. */
const addressBlocks: Readonly<Record<number, AddressBlock>> = {
  0x00: { length: 0, read: () => noEnds },
  0x11: {
    length: 12,
    read: (block) => ({
      source: { address: block.subarray(0, 4).join('.'), port: block.readUInt16BE(8) },
      destination: { address: block.subarray(4, 8).join('.'), port: block.readUInt16BE(10) },
    }),
  },
  0x21: {
    length: 36,
    read: (block) => ({
      source: { address: sixteenOctets(block, 0), port: block.readUInt16BE(32) },
      destination: { address: sixteenOctets(block, 16), port: block.readUInt16BE(34) },
    }),
  },
  0x31: { length: 216, read: () => noEnds },
};

function parseVersionTwo(bytes: Buffer): ProxyHeader | IncompleteProxyHeader {
  if (bytes.length < versionTwoPrefixLength) return { neededLength: versionTwoPrefixLength };
  const versionAndCommand = bytes.readUInt8(12);
  const command = commands[versionAndCommand & 0x0f];
  if (versionAndCommand >> 4 !== 2 || command === undefined)
    throw invalid('its version or command is unknown');
  const blockLength = bytes.readUInt16BE(14);
  if (blockLength > longestProxyBlock) throw invalid('it is too long');
  const length = versionTwoPrefixLength + blockLength;
  if (bytes.length < length) return { neededLength: length };
  // Of LOCAL the receiver must discard everything (section 2.2).
  if (command === 'local') return { version: 2, command, ...noEnds, length };
  const addresses = addressBlocks[bytes.readUInt8(13)];
  if (addresses === undefined) throw invalid('its kind of address is not for streams');
  const block = bytes.subarray(versionTwoPrefixLength, length);
  if (block.length < addresses.length) throw invalid('its addresses are cut off');
  // Nothing is defined of what follows an unspecified address, so only known ones are checked.
  if (addresses.length > 0) checkFields(block.subarray(addresses.length));
  return { version: 2, command, ...addresses.read(block), length };
}

/** Walks over the type-length-value fields, none of which is used, so that a lying length is noticed. */
function checkFields(fields: Buffer): void {
  let position = 0;
  while (position < fields.length) {
    if (fields.length - position < 3) throw invalid('its last field is cut off');
    position += 3 + fields.readUInt16BE(position + 1);
  }
  if (position !== fields.length) throw invalid('its last field is cut off');
}

function sixteenOctets(block: Buffer, start: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => block.readUInt16BE(start + 2 * index).toString(16));
  return canonicalAddress(groups.join(':'));
}

/** The shortest text of an address (RFC 5952); an IPv4 address in IPv6 form as IPv4. */
function canonicalAddress(text: string): string {
  if (isIPv4(text)) return text;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return isIPv6(plain) || isIPv4(plain) ? plain : address;
}

function invalid(reason: string): WherryError {
  return new WherryError('protocol', `Cannot read the PROXY header: ${reason}`);
}
