import type { Binding } from './binding.ts';

const addressOctets = 20;

/** An address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The memory into which the addon writes addresses; it is read out before the next call. */
export class EndpointScratch {
  readonly octets = new Uint8Array(2 * addressOctets);
  /** The place of the first address alone. */
  readonly first = this.octets.subarray(0, addressOctets);
  readonly #binding: Binding;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** @param index 0 for the first address in the scratch, 1 for the second */
  read(index: 0 | 1): Endpoint {
    const { octets } = this;
    const start = index * addressOctets;
    const at = (offset: number): number => octets[start + offset] ?? 0;
    const port = at(2) * 256 + at(3);
    if (at(0) === 4) return { address: `${at(4)}.${at(5)}.${at(6)}.${at(7)}`, port };
    const raw = octets.subarray(start + 4, start + addressOctets);
    return { address: at(0) === 6 ? (this.#binding.formatIpv6(raw) ?? '') : '', port };
  }
}
