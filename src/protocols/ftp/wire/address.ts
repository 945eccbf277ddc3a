/** An IP address as its octets: 4 for IPv4, 16 for IPv6. IPv4-mapped IPv6 addresses are never kept as IPv6. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly octets: readonly number[];
}

/** A block of addresses: all that share their first `prefixLength` bits with `address`. */
export interface Network {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** What an address is for; decides whether a data connection may go there and what an announced one is worth. */
export type AddressKind =
  'public' | 'private' | 'loopback' | 'link-local' | 'multicast' | 'unspecified' | 'reserved';

/** Longest text of an IPv6 address with an embedded IPv4 part and a zone. */
const longestText = 96;

/**
 * Reads an address in any of its textual forms (RFC 4291 section 2.2, dotted decimal without octal). A zone
 * (`%eth0`) is dropped and an IPv4-mapped address becomes IPv4. Null for anything else.
 */
export function parseAddress(text: string): IpAddress | null {
  if (text.length > longestText) return null;
  if (!text.includes(':')) {
    const octets = parseDotted(text);
    return octets === null ? null : { family: 4, octets };
  }
  const zone = text.indexOf('%');
  const octets = parseColons(zone < 0 ? text : text.slice(0, zone));
  if (octets === null) return null;
  const mapped =
    octets.slice(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255;
  return mapped ? { family: 4, octets: octets.slice(12) } : { family: 6, octets };
}

function parseDotted(text: string): number[] | null {
  const parts = text.split('.', 5);
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return null;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : null;
}

function parseColons(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, index) => groupOctets(half, index === halves.length - 1));
  if (head === null || head === undefined || tail === null) return null;
  if (tail === undefined) return head.length === 16 ? head : null;
  const missing = 16 - head.length - tail.length;
  return missing >= 2 ? [...head, ...Array.from({ length: missing }, () => 0), ...tail] : null;
}

function groupOctets(text: string, mayEndDotted: boolean): number[] | null {
  if (text === '') return [];
  const groups = text.split(':', 9);
  const octets: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 255);
      continue;
    }
    const dotted = mayEndDotted && index === groups.length - 1 ? parseDotted(group) : null;
    if (dotted === null) return null;
    octets.push(...dotted);
  }
  return octets;
}

/** The canonical text: dotted decimal, or IPv6 after RFC 5952. */
export function formatAddress({ family, octets }: IpAddress): string {
  if (family === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[2 * index] ?? 0) << 8) | (octets[2 * index + 1] ?? 0)).toString(16),
  );
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

/** The canonical text of an address, without `::ffff:` and zone; text that is no address is returned unchanged. */
export function normalizeAddress(text: string): string {
  const address = parseAddress(text);
  return address === null ? text : formatAddress(address);
}

/** Whether two texts name the same address, however each is written. */
export function sameAddress(left: string, right: string): boolean {
  return left === right || normalizeAddress(left) === normalizeAddress(right);
}

/** Reads `address/bits`, or a single address; null when it is neither. */
export function parseNetwork(text: string): Network | null {
  const [addressText = '', bits, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === null || rest.length > 0) return null;
  const width = address.octets.length * 8;
  if (bits === undefined) return { address, prefixLength: width };
  if (!/^\d{1,3}$/.test(bits)) return null;
  const mapped = address.family === 4 && addressText.includes(':') ? 96 : 0;
  const prefixLength = Number(bits) - mapped;
  return prefixLength >= 0 && prefixLength <= width ? { address, prefixLength } : null;
}

/** Whether an address lies in a network; never across families. */
export function networkContains({ address: base, prefixLength }: Network, address: IpAddress): boolean {
  if (base.family !== address.family) return false;
  for (let index = 0, bits = prefixLength; bits > 0; index += 1, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if ((((base.octets[index] ?? 0) ^ (address.octets[index] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** From the special-purpose registries of IANA (RFC 6890 and its updates); the first row that fits decides. */
const kinds: readonly (readonly [AddressKind, readonly string[]])[] = [
  ['unspecified', ['0.0.0.0/8', '::/128']],
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['multicast', ['224.0.0.0/4', 'ff00::/8']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10']],
  ['reserved', ['192.0.0.0/24', '192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24']],
  ['reserved', ['240.0.0.0/4', '::/96', '100::/64', '2001:db8::/32', '3fff::/20', '5f00::/16']],
];

const kindNetworks = kinds.flatMap(([kind, blocks]) =>
  blocks.flatMap((block) => {
    const network = parseNetwork(block);
    return network === null ? [] : [{ kind, network }];
  }),
);

/** What an address is for. */
export function classifyAddress(address: IpAddress): AddressKind {
  return kindNetworks.find(({ network }) => networkContains(network, address))?.kind ?? 'public';
}
