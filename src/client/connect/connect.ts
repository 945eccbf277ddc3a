import { isIP } from 'node:net';
import type { Connection } from '#core/connection.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { parseAddress, parseSiteAddress, type Address } from '../address.ts';
import { proxyDialer } from '../dial/proxy.ts';
import { WherryError } from '#core/errors.ts';
import { RateLimiter } from '#core/rate-limit.ts';
import { defaultRetries, type ConnectOptions } from '../options.ts';
import { openPool } from '../pool/pooled-connection.ts';
import { RemoteConnection } from '../remote/remote-connection.ts';
import { connectors, type ConnectRequest } from './connector.ts';

/**
 * Reaches a place by its address, `@site` addresses by way of `options.sites`, and logs in.
 *
 * @throws WherryError `invalid-argument` for an address that cannot be read, `connection-refused`, `timeout`,
 * `login-refused`, `not-trusted`, `aborted`
 */
export async function connect(
  address: string | URL | Address,
  options: ConnectOptions = {},
): Promise<RemoteConnection> {
  const found = await resolveAddress(address, options);
  const connection = await openConnection(found.address, found.options);
  const directory = pathAt(connection, found.address);
  const { bytesPerSecond, retries } = found.options;
  return new RemoteConnection(connection, {
    directory,
    retries,
    limiter: bytesPerSecond === undefined ? undefined : new RateLimiter(bytesPerSecond),
  });
}

/** The path that an address names over a connection to its place. */
export function pathAt(connection: Pick<Connection, 'home'>, { isAbsolute, path }: Address): VirtualPath {
  return resolveVirtualPath(isAbsolute ? rootPath : connection.home, path);
}

/** An address with nothing left to look up. */
export interface ResolvedAddress {
  readonly address: Address;
  readonly options: ConnectOptions;
}

/** Looks saved sites up; what is given beside the address wins over what the site says. */
export async function resolveAddress(
  input: string | URL | Address,
  options: ConnectOptions,
): Promise<ResolvedAddress> {
  if (typeof input !== 'string' && !(input instanceof URL)) return { address: input, options };
  const site = typeof input === 'string' ? parseSiteAddress(input) : null;
  if (site === null) return { address: parseAddress(input), options };
  if (options.sites === undefined) {
    throw new WherryError(
      'invalid-argument',
      `Cannot look up the site "${site.site}": no saved sites were given`,
    );
  }
  const found = await options.sites.resolve(site);
  const { tls, ssh } = found.options;
  const merged = {
    ...overlaid(found.options, options),
    tls: overlaid(tls ?? {}, options.tls ?? {}),
    ssh: overlaid(ssh ?? {}, options.ssh ?? {}),
  };
  return { address: parseAddress(found.address), options: merged };
}

/** What is undefined above leaves what is below. */
function overlaid<T extends object>(below: T, above: T): T {
  const given = Object.fromEntries(Object.entries(above).filter(([, value]) => value !== undefined));
  return { ...below, ...given };
}

/** A numeric address of the one kind cannot be called by the other. */
function requireFamily({ host }: Address, { family }: ConnectOptions): void {
  const found = host === null ? 0 : isIP(host);
  if (family === undefined || found === 0 || found === family) return;
  throw new WherryError(
    'invalid-argument',
    `Cannot use ${host}: it is an address of IPv${found}, and only IPv${family} is to be used`,
  );
}

async function openConnection(address: Address, options: ConnectOptions): Promise<Connection> {
  requireFamily(address, options);
  const connector = await connectors[address.scheme]();
  const dialer = options.dialer ?? (options.proxy === undefined ? null : proxyDialer(options.proxy, options));
  const open = (signal: AbortSignal | undefined): Promise<Connection> => {
    const request: ConnectRequest = { address, options, dialer, signal };
    return connector(request);
  };
  return openPool(open, {
    connections: options.connections ?? 1,
    retries: options.retries ?? defaultRetries,
    signal: options.signal,
  });
}
