import { isIPv6, type Socket } from 'node:net';
import type { Dialer, DialTarget } from '#core/dialer.ts';
import { WherryError, type ErrorCode } from '#core/errors.ts';
import type { DirectDial } from './direct.ts';
import { ExactReader } from './exact-reader.ts';
import type { ProxyOptions } from './proxy-options.ts';

/** Proxies answer with a handful of headers; whoever sends more than this is something else. */
const maximumAnswerBytes = 16 * 1024;

const codes: Readonly<Record<number, ErrorCode>> = {
  403: 'permission',
  404: 'connection-refused',
  405: 'not-supported',
  407: 'login-refused',
  501: 'not-supported',
  502: 'connection-refused',
  503: 'unavailable',
  504: 'timeout',
};

/** Opens connections through an HTTP proxy's CONNECT (RFC 9110 section 9.3.6), with Basic credentials if given. */
export function httpConnectDialer(proxy: ProxyOptions, dial: DirectDial): Dialer {
  return {
    dial: async (target, { signal }) => {
      const socket = await dial({ host: proxy.host, port: proxy.port }, { signal, family: proxy.family });
      try {
        await ask(socket, proxy, { target, signal });
        return socket;
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
  };
}

async function ask(
  socket: Socket,
  proxy: ProxyOptions,
  { target, signal }: { readonly target: DialTarget; readonly signal: AbortSignal },
): Promise<void> {
  const place = `${isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`;
  if (!/^[\x21-\x7e]+$/.test(place)) {
    throw new WherryError(
      'invalid-argument',
      'Cannot use the proxy: the name of the host holds what none can',
    );
  }
  const lines = [`CONNECT ${place} HTTP/1.1`, `Host: ${place}`, ...credentials(proxy), '', ''];
  socket.write(lines.join('\r\n'), 'latin1');
  const reader = new ExactReader(socket, signal);
  const head = (await reader.readUntil('\r\n\r\n', maximumAnswerBytes)).toString('latin1');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status === 0) throw new WherryError('protocol', 'Cannot use the proxy: it does not speak HTTP');
  if (status < 200 || status > 299) {
    const code = codes[status] ?? 'unavailable';
    throw new WherryError(code, `Cannot connect through the proxy: it answers with HTTP status ${status}`);
  }
  reader.release();
}

function credentials({ user, password }: ProxyOptions): readonly string[] {
  if (user === null) return [];
  const words = Buffer.from(`${user}:${password?.reveal() ?? ''}`, 'utf8').toString('base64');
  return [`Proxy-Authorization: Basic ${words}`];
}
