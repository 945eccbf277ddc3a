import { networkInterfaces } from 'node:os';
import { normalizeAddress, parseAddress } from '../wire/address.ts';
import type { HostArgument } from '../wire/host-argument.ts';
import type { FtpConnection } from './connection.ts';

/**
 * Whether this server is what HOST names: one of the configured names (any that can be, where none is configured) or one of its
 * own addresses. Once TLS has named a server (SNI), HOST cannot name another (RFC 7151 section 3.2.1); an address
 * there, which RFC 6066 section 3 forbids and lftp sends, names none.
 */
export function servesHost(connection: FtpConnection, wanted: HostArgument): boolean {
  const { serverName, options, session } = connection;
  if (serverName !== null && parseAddress(serverName) === null)
    return wanted.kind === 'name' && wanted.name === plainName(serverName);
  if (wanted.kind === 'name') {
    return options.hostNames.length === 0
      ? !isNobodys(wanted.name)
      : options.hostNames.some((name) => plainName(name) === wanted.name);
  }
  const own = [session.endpoint.localAddress, options.passive.announcedAddress, ...interfaceAddresses()];
  return own.some((address) => address !== null && normalizeAddress(address) === wanted.address);
}

/** A name that no host ever has (RFC 6761 section 6.4). */
function isNobodys(name: string): boolean {
  return name === 'invalid' || name.endsWith('.invalid');
}

function plainName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
}
