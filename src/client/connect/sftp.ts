import type { Connection } from '#core/connection.ts';
import { connectSftp as openSftp } from '#protocols/sftp/client/connect.ts';
import type { ConnectRequest } from './connector.ts';
import { withSshLogin } from './ssh-site.ts';

/** Opens a connection to an SFTP server. */
export function connectSftp(request: ConnectRequest): Promise<Connection> {
  return withSshLogin(request, (site) => openSftp(site));
}
