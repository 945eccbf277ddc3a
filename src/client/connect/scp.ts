import type { Connection } from '#core/connection.ts';
import { connectScp as openScp } from '#protocols/scp/client/connect.ts';
import type { ConnectRequest } from './connector.ts';
import { withSshLogin } from './ssh-site.ts';

/** Opens a connection to an SSH server for SCP, as servers have it that know no SFTP. */
export function connectScp(request: ConnectRequest): Promise<Connection> {
  return withSshLogin(request, (site) => openScp(site));
}
