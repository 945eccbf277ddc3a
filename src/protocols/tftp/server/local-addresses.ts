import { networkInterfaces } from 'node:os';

/** What stands for all addresses: of both families, or of IPv4. */
const wildcards: Readonly<Record<string, readonly ('IPv4' | 'IPv6')[]>> = {
  '::': ['IPv4', 'IPv6'],
  '0.0.0.0': ['IPv4'],
};

/** Whether a host stands for all addresses of this machine. */
export function isWildcard(host: string): boolean {
  return host in wildcards;
}

/** The addresses that a host stands for now; those of a single link with their zone. */
export function addressesOf(host: string): readonly string[] {
  const families = wildcards[host];
  if (families === undefined) return [host];
  const found = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family }) => families.includes(family))
      .map(({ address, scopeid = 0 }) => (scopeid === 0 ? address : `${address}%${name}`)),
  );
  return [...new Set(found)];
}
