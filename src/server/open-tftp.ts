import { WherryError } from '#core/errors.ts';
import type { FtpServerOptions } from '#protocols/ftp/server/options.ts';
import { tftpAccount } from '#protocols/tftp/server/account.ts';
import { serveTftp, type TftpServer } from '#protocols/tftp/server/tftp-server.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * Starts TFTP, in the same registry of sessions.
 *
 * @throws WherryError `invalid-argument` without a tree to serve, or what the system says of the port
 */
export function openTftp(
  address: { readonly host: string; readonly port: number },
  beside: { readonly settings: FtpServerOptions; readonly options: ServerOptions },
): TftpServer {
  const { settings, options } = beside;
  const fileSystem = options.tftp?.storage ?? options.storage;
  if (fileSystem === undefined) throw new WherryError('invalid-argument', 'TFTP needs a storage to serve');
  const write = options.tftp?.write ?? 'off';
  const account = tftpAccount({ fileSystem, write });
  const { events, sessions } = settings;
  return serveTftp({
    ...address,
    accountFor: () => account,
    events,
    sessions,
    policy: { ...options.tftp?.policy, write },
    limits: options.tftp?.limits,
    ports: options.tftp?.ports,
    rollover: options.tftp?.rollover,
  });
}
