import type { Dialer } from '#core/dialer.ts';
import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import { dialDirectly } from './direct.ts';
import { httpConnectDialer } from './http-connect.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { socks5Dialer } from './socks5.ts';

interface ProxyKind {
  readonly port: number;
  readonly dialer: (options: ProxyOptions) => Dialer;
}

/** One row for each scheme. `socks5h` is curl's word for a proxy that looks names up, as it always does here. */
const kinds: Readonly<Record<string, ProxyKind>> = {
  'socks5:': { port: 1080, dialer: (options) => socks5Dialer(options, dialDirectly) },
  'socks5h:': { port: 1080, dialer: (options) => socks5Dialer(options, dialDirectly) },
  'http:': { port: 80, dialer: (options) => httpConnectDialer(options, dialDirectly) },
};

/**
 * The dialer of a proxy's address, as in `socks5://user:password@host:1080`.
 *
 * @throws WherryError `invalid-argument`
 */
export function proxyDialer(
  proxy: string | URL,
  options: { readonly family?: 4 | 6 | undefined } = {},
): Dialer {
  const url = typeof proxy === 'string' ? URL.parse(proxy) : proxy;
  const kind = url === null ? undefined : kinds[url.protocol];
  if (url === null || kind === undefined || url.hostname === '') {
    throw new WherryError(
      'invalid-argument',
      'Cannot read the address of the proxy: it looks like socks5://host:1080 or http://host:8080',
    );
  }
  return kind.dialer({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? kind.port : Number(url.port),
    user: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : new Secret(decodeURIComponent(url.password)),
    family: options.family,
  });
}
