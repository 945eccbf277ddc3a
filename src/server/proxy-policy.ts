import type { Socket } from 'node:net';
import { BlockList, isIP } from 'node:net';
import { WherryError } from '#core/errors.ts';
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
    unwrapControl: readFromNodeSocket,
    unwrap: readFromTcpSocket,
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
 * Takes the header off a Node socket and leaves what follows readable. The socket is left paused.
 *
 * @returns the true ends; null when the header names none
 * @throws WherryError `protocol`, `timeout`, `connection-lost`; the socket is the caller's to destroy
 */
async function readFromNodeSocket(socket: Socket, timeoutMs: number): Promise<Endpoint | null> {
  const { promise, resolve, reject } = Promise.withResolvers<ProxyHeader>();
  let received: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    try {
      const header = parseProxyHeader(received);
      if ('neededLength' in header) return;
      // Paused at once, so that what is put back is not read by nobody.
      stopReading();
      if (received.length > header.length) socket.unshift(received.subarray(header.length));
      resolve(header);
    } catch (thrown) {
      reject(thrown);
    }
  };
  const onEnd = () => {
    reject(
      new WherryError('connection-lost', 'Cannot read the PROXY header: the proxy closed the connection'),
    );
  };
  const stopReading = () => {
    socket.pause();
    socket.off('data', onData);
  };
  const timer = setTimeout(() => {
    reject(new WherryError('timeout', 'Cannot read the PROXY header: it did not come in time'));
  }, timeoutMs);
  socket.on('data', onData).on('end', onEnd).on('error', onEnd).on('close', onEnd);
  socket.resume();
  try {
    return toEndpoint(await promise);
  } finally {
    clearTimeout(timer);
    stopReading();
    socket.off('end', onEnd).off('error', onEnd).off('close', onEnd);
  }
}

/**
 * Takes the header off a data connection, reading no octet more than it has.
 *
 * @returns the true peer's address; the proxy's own when the header names none
 * @throws WherryError `protocol`, `connection-lost`; the socket is the caller's to destroy
 */
async function readFromTcpSocket(socket: TcpSocket): Promise<string> {
  let received = await readExactly(socket, shortestProxyHeader);
  for (;;) {
    const header: ProxyHeader | IncompleteProxyHeader = parseProxyHeader(received);
    if (!('neededLength' in header)) return header.source?.address ?? socket.remoteAddress;
    const more = await readExactly(socket, header.neededLength - received.length);
    received = Buffer.concat([received, more]);
  }
}

async function readExactly(socket: TcpSocket, length: number): Promise<Buffer> {
  const target = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = await socket.read(target.subarray(filled));
    if (count === 0) {
      throw new WherryError(
        'connection-lost',
        'Cannot read the PROXY header: the proxy closed the connection',
      );
    }
    filled += count;
  }
  return target;
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
