const mappedPrefix = '::ffff:';

/** An address as this room shows it: IPv4 in IPv6 as plain IPv4, and without the scope of the own interface. */
export function plainAddress(address: string): string {
  const scope = address.indexOf('%');
  const bare = scope === -1 ? address : address.slice(0, scope);
  return bare.startsWith(mappedPrefix) && bare.includes('.') ? bare.slice(mappedPrefix.length) : bare;
}
