import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { withAccount } from './namespace.ts';
import { account, freePort, PeerPlace, startPeerProgram, type PeerServer } from './peer.ts';

/** OpenSSH's server, which can be given another host key. */
export interface OpenSshServer extends PeerServer<'openssh'> {
  /** Takes effect with the next start. */
  changeHostKey(): void;
}

/** Its program, as the Debian package `openssh-server` installs it. */
export const sshdProgram = '/usr/sbin/sshd';

/**
 * OpenSSH with SFTP for an account with a password. The login directory is the root; there is no `chroot`, so paths
 * are those of this machine. It needs root, to make the account a user of the system for it alone.
 */
export async function startOpenSsh(): Promise<OpenSshServer> {
  const place = new PeerPlace();
  const port = await freePort();
  const hostKey = join(place.directory, 'host-key');
  const makeHostKey = (): void => {
    place.removeKey('host-key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', hostKey]);
  };
  makeHostKey();
  const settings = {
    Port: port,
    ListenAddress: '127.0.0.1',
    HostKey: hostKey,
    PidFile: 'none',
    UsePAM: 'no',
    PasswordAuthentication: 'yes',
    KbdInteractiveAuthentication: 'no',
    AllowUsers: account.user,
    Subsystem: 'sftp internal-sftp',
    // Tests log in far more often in a minute than people.
    MaxStartups: '100',
  };
  const text = Object.entries(settings).map(([key, value]) => `${key} ${value}\n`);
  const config = await place.write('sshd_config', text.join(''));
  const command = [
    ...(await withAccount(place)),
    'sh',
    '-c',
    'mkdir -p /run/sshd && exec "$@"',
    'sh',
    sshdProgram,
    '-D',
    '-e',
    '-f',
    config,
  ];
  const server = await startPeerProgram('openssh', place, { command, port, greeting: 'SSH-2.0-' });
  return { ...server, changeHostKey: makeHostKey };
}
