import { BlockList, isIP } from 'node:net';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { Endpoint } from '#engine/session.ts';
import type { TcpSocket } from '#native/index.ts';
import type { ProxyPolicy } from '#protocols/ftp/server/options.ts';
import type { IncompleteProxyHeader, ProxyHeader } from './proxy-protocol.ts';
import { parseProxyHeader, shortestProxyHeader } from './proxy-protocol.ts';

/**
 * Demands a PROXY header from connections of these networks and from no others. Only a trusted peer may say who
 * somebody is, so the list is to hold the balancers and nothing else.
 *
 * @throws WherryError `invalid-argument` for text that is no CIDR network
 */
export function proxyPolicy(networks: readonly string[]): ProxyPolicy {
  const trusted = new BlockList();
  for (const network of networks) addNetwork(trusted, network);
  return {
    trusts(remoteAddress) {
      const family = isIP(remoteAddress);
      return family !== 0 && trusted.check(remoteAddress, family === 4 ? 'ipv4' : 'ipv6');
    },
    unwrap: readHeader,
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits, ...more] = network.split('/');
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  const length = bits === undefined ? width : Number(bits);
  if (family === 0 || more.length > 0 || !/^\d*$/u.test(bits ?? '') || bits === '' || length > width) {
    throw new WherryError(
      'invalid-argument',
      `Cannot trust the proxies of "${network}": it is no CIDR network`,
    );
  }
  list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Takes the header off a connection, reading no octet more than it has.
 *
 * @returns the true ends; null when the header names none
 * @throws WherryError `protocol`, `timeout`, `connection-lost`; the socket is the caller's to destroy
 */
async function readHeader(socket: TcpSocket, timeoutMs: number): Promise<Endpoint | null> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, timeoutMs);
  try {
    let received: Buffer = Buffer.alloc(0);
    for (let wanted = shortestProxyHeader; ;) {
      received = Buffer.concat([received, await readSome(socket, wanted - received.length)]);
      // Looked at after every piece, so that what is no header is refused before all of one has come.
      const header: ProxyHeader | IncompleteProxyHeader = parseProxyHeader(received);
      if (!('neededLength' in header)) return toEndpoint(header);
      wanted = header.neededLength;
    }
  } catch (thrown) {
    if (late) throw new WherryError('timeout', 'Cannot read the PROXY header: it did not come in time');
    throw toWherryError(thrown, 'read the PROXY header');
  } finally {
    clearTimeout(timer);
  }
}

async function readSome(socket: TcpSocket, length: number): Promise<Buffer> {
  const target = Buffer.alloc(length);
  const count = await socket.read(target);
  if (count > 0) return target.subarray(0, count);
  throw new WherryError('connection-lost', 'Cannot read the PROXY header: the proxy closed the connection');
}

function toEndpoint({ source, destination }: ProxyHeader): Endpoint | null {
  if (source === null || destination === null) return null;
  return {
    remoteAddress: source.address,
    remotePort: source.port,
    localAddress: destination.address,
    localPort: destination.port,
  };
}
