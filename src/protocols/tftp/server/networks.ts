import { BlockList, isIP } from 'node:net';
import { WherryError } from '#core/errors.ts';

/** A set of CIDR networks. */
export class Networks {
  readonly #list = new BlockList();

  /** @throws WherryError `invalid-argument` for a text that is no network */
  constructor(networks: readonly string[]) {
    for (const text of networks) this.#add(text);
  }

  includes(address: string): boolean {
    const [plain = ''] = address.split('%', 1);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  }

  #add(text: string): void {
    const [address = '', bits] = text.split('/', 2);
    const family = isIP(address);
    const width = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : width + 1;
    if (family === 0 || prefix > width) {
      throw new WherryError(
        'invalid-argument',
        `"${text}" is no network such as 192.0.2.0/24 or 2001:db8::/32`,
      );
    }
    this.#list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
}
