import { isIP, type Socket } from 'node:net';
import type { Dialer, DialTarget } from '#core/dialer.ts';
import { WherryError, type ErrorCode } from '#core/errors.ts';
import type { DirectDial } from './direct.ts';
import { ExactReader } from './exact-reader.ts';
import type { ProxyOptions } from './proxy-options.ts';

const version = 5;
const methods = { none: 0, password: 2, refused: 0xff } as const;
const addressTypes = { ipv4: 1, name: 3, ipv6: 4 } as const;
/** RFC 1928 and RFC 1929 have one octet for each length. */
const longestField = 255;

/** What the proxy's refusals mean (RFC 1928 section 6). */
const refusals: Readonly<Record<number, { readonly code: ErrorCode; readonly text: string }>> = {
  1: { code: 'unavailable', text: 'the proxy failed' },
  2: { code: 'permission', text: 'the rules of the proxy do not allow it' },
  3: { code: 'connection-refused', text: 'the proxy cannot reach the network' },
  4: { code: 'connection-refused', text: 'the proxy cannot reach the host' },
  5: { code: 'connection-refused', text: 'the host refused the connection' },
  6: { code: 'timeout', text: 'the way to the host is too long' },
  7: { code: 'not-supported', text: 'the proxy does not open connections' },
  8: { code: 'not-supported', text: 'the proxy does not know this kind of address' },
};

/** Opens connections through a SOCKS 5 proxy (RFC 1928), with a password where it wants one (RFC 1929). */
export function socks5Dialer(proxy: ProxyOptions, dial: DirectDial): Dialer {
  return {
    dial: async (target, { signal }) => {
      const socket = await dial({ host: proxy.host, port: proxy.port }, { signal, family: proxy.family });
      try {
        await negotiate(socket, proxy, { target, signal });
        return socket;
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
  };
}

async function negotiate(
  socket: Socket,
  proxy: ProxyOptions,
  { target, signal }: { readonly target: DialTarget; readonly signal: AbortSignal },
): Promise<void> {
  const reader = new ExactReader(socket, signal);
  const offered = proxy.user === null ? [methods.none] : [methods.none, methods.password];
  socket.write(Buffer.from([version, offered.length, ...offered]));
  const [answered, method] = await reader.read(2);
  if (answered !== version)
    throw new WherryError('protocol', 'Cannot use the proxy: it does not speak SOCKS 5');
  if (method === methods.password && proxy.user !== null) await logIn(socket, reader, proxy);
  else if (method !== methods.none) {
    throw new WherryError('login-refused', 'Cannot use the proxy: it wants a user and a password');
  }
  socket.write(Buffer.concat([Buffer.from([version, 1, 0]), encodeTarget(target)]));
  const [head, status = 1, , type] = await reader.read(4);
  if (head !== version) throw new WherryError('protocol', 'Cannot use the proxy: its answer makes no sense');
  if (status !== 0) {
    const { code, text } = refusals[status] ?? { code: 'unavailable' as const, text: `it answers ${status}` };
    throw new WherryError(code, `Cannot connect through the proxy: ${text}`);
  }
  // The address that the proxy calls from is of no use here, but has to be read.
  await reader.read((await boundAddressLength(reader, type)) + 2);
  reader.release();
}

async function boundAddressLength(reader: ExactReader, type: number | undefined): Promise<number> {
  if (type === addressTypes.ipv4) return 4;
  if (type === addressTypes.ipv6) return 16;
  if (type === addressTypes.name) return (await reader.read(1))[0] ?? 0;
  throw new WherryError('protocol', 'Cannot use the proxy: its answer makes no sense');
}

async function logIn(socket: Socket, reader: ExactReader, { user, password }: ProxyOptions): Promise<void> {
  socket.write(Buffer.concat([Buffer.from([1]), field(user ?? ''), field(password?.reveal() ?? '')]));
  const [, status] = await reader.read(2);
  if (status !== 0)
    throw new WherryError('login-refused', 'Cannot use the proxy: it refused user and password');
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > longestField) {
    throw new WherryError(
      'invalid-argument',
      'Cannot use the proxy: user, password and host have at most 255 octets',
    );
  }
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** Names go as they are, so that the proxy looks them up. */
function encodeTarget({ host, port }: DialTarget): Buffer {
  const portBytes = Buffer.from([port >> 8, port & 0xff]);
  const family = isIP(host);
  if (family === 4)
    return Buffer.concat([Buffer.from([addressTypes.ipv4, ...host.split('.').map(Number)]), portBytes]);
  if (family === 6) return Buffer.concat([Buffer.from([addressTypes.ipv6]), ipv6Bytes(host), portBytes]);
  return Buffer.concat([Buffer.from([addressTypes.name]), field(host), portBytes]);
}

/** @param host as `isIP` takes it; a zone means nothing to the proxy */
function ipv6Bytes(host: string): Buffer {
  const plain = (host.split('%')[0] ?? '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => '0');
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...before, ...zeros, ...after].entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  }
  return bytes;
}
