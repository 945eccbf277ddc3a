import type { Connection } from '#core/connection.ts';
import type { Dialer } from '#core/dialer.ts';
import { connectFtp } from '#protocols/ftp/client/ftp-client.ts';
import { openSshSite, type SshSite } from '#protocols/ssh/client/open-site.ts';
import { openTunnel } from '#protocols/ssh/client/tunnel-dialer.ts';
import type { ConnectRequest } from './connector.ts';
import { dialDirectly } from '../dial/direct.ts';
import { ftpOptions } from './ftp.ts';
import { withSshLogin } from './ssh-site.ts';

/** The FTP server as the SSH server sees it. */
export const farHost = '127.0.0.1';
/** Where it listens unless `ftpPort` says otherwise. */
export const defaultFtpPort = 21;

/**
 * Opens FTP through an SSH connection to the same host, the control connection and those for data. User and password
 * hold for both.
 */
export async function connectFtpOverSsh(request: ConnectRequest): Promise<Connection> {
  const { options, address } = request;
  const site = await withSshLogin(request, openSshSite);
  try {
    const inner: ConnectRequest = {
      ...request,
      address: { ...address, host: farHost, port: options.ftpPort ?? defaultFtpPort, user: site.user },
      // The octets of FTP are encrypted already where they leave this machine.
      options: { ...options, tls: { ...options.tls, mode: options.tls?.mode ?? 'off' } },
      dialer: options.tunnel === 'control' ? controlOnly(site) : openTunnel(site.ssh),
    };
    const ftp = await connectFtp({ ...(await ftpOptions(inner)), protocolName: 'ftp+ssh' });
    return withOuter(ftp, site);
  } catch (error) {
    site.ssh.close();
    throw error;
  }
}

/** Takes the first connection, which is for control, through SSH and all others straight to the host. */
function controlOnly(site: SshSite): Dialer {
  const tunnel = openTunnel(site.ssh);
  let calls = 0;
  return {
    dial: ({ host, port }, options) => {
      calls += 1;
      return calls === 1
        ? tunnel.dial({ host, port }, options)
        : dialDirectly({ host: site.host, port }, options);
    },
  };
}

/** Ends the SSH connection with the FTP connection through it, and tells of the SSH server as the place it is. */
function withOuter(ftp: Connection, site: SshSite): Connection {
  const facts = Object.freeze({ ...ftp.facts, host: site.host, port: site.port, security: site.security });
  const close = async (): Promise<void> => {
    try {
      await ftp.close();
    } finally {
      site.ssh.close();
    }
  };
  const methods = new Map<PropertyKey, unknown>([
    ['facts', facts],
    ['close', close],
    [Symbol.asyncDispose, close],
  ]);
  return new Proxy(ftp, {
    get: (target, name) => {
      if (methods.has(name)) return methods.get(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}
