import {
  formatAddress,
  networkContains,
  parseAddress,
  parseNetwork,
  type IpAddress,
  type Network,
} from '#protocols/ftp/wire/address.ts';
import { WherryError } from '#core/errors.ts';

/** A network and its canonical text: host bits zero, a single address without a length. */
export interface NamedNetwork {
  readonly network: Network;
  readonly text: string;
}

/**
 * Reads a CIDR network or a single address and brings it into its canonical form.
 *
 * @throws WherryError `invalid-argument` for a text that is neither
 */
export function readNetwork(text: string): NamedNetwork {
  const network = parseNetwork(text.trim());
  if (network === null) {
    const shown = text.slice(0, longestShown);
    throw new WherryError(
      'invalid-argument',
      `"${shown}" is no address and no network: write it as in 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32`,
    );
  }
  const { prefixLength } = network;
  const address = truncate(network.address, prefixLength);
  const single = prefixLength === address.octets.length * 8;
  const text_ = single ? formatAddress(address) : `${formatAddress(address)}/${prefixLength}`;
  return { network: { address, prefixLength }, text: text_ };
}

const longestShown = 64;

/**
 * Networks with something known of each, found by an address in as many steps as there are different prefix lengths,
 * however many networks there are.
 */
export class NetworkTable<Value> {
  /** By family and prefix length, then by the address cut to it. */
  readonly #levels = new Map<string, { readonly prefixLength: number; readonly rows: Map<string, Value> }>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set({ network }: NamedNetwork, value: Value): void {
    const { address, prefixLength } = network;
    const key = `${address.family}/${prefixLength}`;
    let level = this.#levels.get(key);
    if (level === undefined) {
      level = { prefixLength, rows: new Map() };
      this.#levels.set(key, level);
    }
    const row = keyOf(address);
    if (!level.rows.has(row)) this.#size += 1;
    level.rows.set(row, value);
  }

  get({ network }: NamedNetwork): Value | null {
    const { address, prefixLength } = network;
    return this.#levels.get(`${address.family}/${prefixLength}`)?.rows.get(keyOf(address)) ?? null;
  }

  delete({ network }: NamedNetwork): void {
    const { address, prefixLength } = network;
    const key = `${address.family}/${prefixLength}`;
    const level = this.#levels.get(key);
    if (level?.rows.delete(keyOf(address)) !== true) return;
    this.#size -= 1;
    if (level.rows.size === 0) this.#levels.delete(key);
  }

  /** What is known of every network that the address lies in. */
  *covering(address: string): Iterable<Value> {
    if (this.#size === 0) return;
    const parsed = parseAddress(address);
    if (parsed === null) return;
    for (const [key, { prefixLength, rows }] of this.#levels) {
      if (!key.startsWith(`${parsed.family}/`)) continue;
      const value = rows.get(keyOf(truncate(parsed, prefixLength)));
      if (value !== undefined) yield value;
    }
  }

  *values(): Iterable<Value> {
    for (const { rows } of this.#levels.values()) yield* rows.values();
  }
}

/** Whether two networks have any address in common. */
export function overlap(left: Network, right: Network): boolean {
  return networkContains(left, right.address) || networkContains(right, left.address);
}

function truncate({ family, octets }: IpAddress, prefixLength: number): IpAddress {
  const kept = octets.map((octet, index) => {
    const bits = Math.min(Math.max(prefixLength - index * 8, 0), 8);
    return octet & (0xff << (8 - bits)) & 0xff;
  });
  return { family, octets: kept };
}

function keyOf({ octets }: IpAddress): string {
  return String.fromCharCode(...octets);
}
