/**
 * The network that one customer's address stands for when attempts are counted: an IPv4 address by itself (also in
 * its IPv6-mapped form), an IPv6 address by its /64, which is the least that a provider hands out (RFC 6177), so
 * that nobody escapes a count by using the next of his 2^64 addresses. Zones (`%eth0`) are dropped. Text that is
 * no address is returned as it is, cut to 64 characters, and counts by itself.
 */
export function sourceNetwork(address: string): string {
  if (!address.includes(':')) return address.slice(0, longestAddress);
  const plain = (address.split('%', 1)[0] ?? '').toLowerCase();
  const mapped = /^(?:0{0,4}:){2,5}ffff:(\d{1,3}(?:\.\d{1,3}){3})$/u.exec(plain);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = plain.split('::', 2);
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: Math.max(missing, 0) }, () => '0'), ...after];
  if (groups.length !== 8) return address.slice(0, longestAddress);
  return `${groups.slice(0, 4).join(':')}::/64`;
}

const longestAddress = 64;

/** The 16-bit groups of one side of `::` without leading zeros; an embedded IPv4 address counts as two. */
function groupsOf(text: string): string[] {
  if (text === '') return [];
  return text
    .split(':')
    .flatMap((group) => (group.includes('.') ? ['0', '0'] : [group.replace(/^0+(?=.)/u, '')]));
}
