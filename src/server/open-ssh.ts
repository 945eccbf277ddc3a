import type { FtpServer } from '#protocols/ftp/server/ftp-server.ts';
import type { FtpServerOptions } from '#protocols/ftp/server/options.ts';
import { algorithmSets } from '#protocols/ssh/algorithms.ts';
import { temporaryHostKeys } from './host-keys.ts';
import type { ServerOptions } from './server-options.ts';
import { SshServer, type SshListenOptions } from './ssh/ssh-server.ts';
import { Tunnels } from './ssh/tunnels.ts';

/**
 * Starts SSH beside FTP, over the same accounts, sessions and defence.
 *
 * @throws WherryError what the system says of the port
 */
export async function openSsh(
  address: SshListenOptions,
  beside: {
    readonly ftp: FtpServer;
    readonly settings: FtpServerOptions;
    readonly options: ServerOptions;
  },
): Promise<SshServer> {
  const { ftp, settings, options } = beside;
  const { announcedAddress } = settings.passive;
  const hosts = [address.host, ...(announcedAddress === null ? [] : [announcedAddress])];
  const ssh = new SshServer({
    accounts: settings.accounts,
    events: settings.events,
    sessions: settings.sessions,
    defence: settings.defence,
    hostKeys: options.hostKeys ?? (await temporaryHostKeys()),
    algorithms: algorithmSets[options.sshAlgorithms ?? 'default'],
    proxy: settings.proxy,
    tunnels: options.tunnel === false ? null : new Tunnels(ftp, hosts),
    timeouts: settings.timeouts,
  });
  await ssh.listen(address);
  return ssh;
}
