import { isRemoteAddress, parseAddress, parseSiteAddress } from '#client/address.ts';
import type { ConnectOptions } from '#client/options.ts';
import { findNetrcLogin } from '#client/sites/netrc.ts';

/**
 * Adds the login that `~/.netrc` (or `NETRC`) holds for the host of an address, where neither the address nor the
 * options bring a password. Saved sites have logins of their own.
 */
export async function withNetrc(address: string, options: ConnectOptions): Promise<ConnectOptions> {
  if (options.password !== undefined || !isRemoteAddress(address) || parseSiteAddress(address) !== null) {
    return options;
  }
  const { host, user, password } = parseAddress(address);
  if (host === null || password !== null) return options;
  const login = await findNetrcLogin(host, options.user ?? user);
  if (login === null) return options;
  return {
    ...options,
    user: options.user ?? user ?? login.user ?? undefined,
    password: login.password ?? undefined,
    account: options.account ?? login.account ?? undefined,
  };
}
