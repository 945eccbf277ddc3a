import type { Account } from '#core/account.ts';
import type { Session } from '#engine/session.ts';
import { serveScp } from '#protocols/scp/server/scp-server.ts';
import { parseScpCommand } from '#protocols/scp/wire/scp-command.ts';
import { serveSftp } from '#protocols/sftp/server/sftp-server.ts';
import type { SessionProgram, SessionRequest } from '#protocols/ssh/server/server-options.ts';
import { ScpSession } from './scp-session.ts';

/** Runs what a session channel asks for: SFTP or SCP, in this program; null for everything else. */
export function programFor(
  request: SessionRequest,
  session: Session,
  account: Account,
): SessionProgram | null {
  const { fileSystem } = session;
  if (fileSystem === null) return null;
  const { home, name: user } = account;
  if (request.kind === 'subsystem') {
    if (request.name !== 'sftp') return null;
    return (channel) => serveSftp(channel, { fileSystem, home, user, session });
  }
  const command = parseScpCommand(request.command);
  if (command === null) return null;
  return async (channel) => {
    const scp = new ScpSession(session);
    return serveScp(channel, { command, fileSystem: scp.fileSystem ?? fileSystem, home, session: scp });
  };
}
