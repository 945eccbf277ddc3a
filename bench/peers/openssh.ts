import { access, copyFile, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { startProgram, stopTree } from '../processes.ts';
import { freePort, run, writeConfig, type Workspace } from '../workspace.ts';
import { opensshClient } from '../clients/openssh.ts';
import { account, anonymous, MissingPeer } from './peer.ts';
import { loopback, waitForGreeting, type Place } from './place.ts';
import type { SshPeer, SshServer } from './ssh-peer.ts';

const program = '/usr/sbin/sshd';
const subsystem = '/usr/lib/openssh/sftp-server';
/** sshd demands an empty directory there; it gets one that nobody else sees. */
const enter = 'mount -t tmpfs tmpfs /run && mkdir -p /run/sshd && exec "$@"';

/** Keys of the server and of its user, made once for a run. */
async function makeKeys(workspace: Workspace): Promise<{ readonly host: string; readonly user: string }> {
  const directory = join(workspace.scratch, 'openssh');
  const keys = { host: join(directory, 'host'), user: join(directory, 'user') };
  try {
    await access(keys.user);
  } catch {
    await mkdir(directory, { recursive: true });
    for (const file of [keys.host, keys.user])
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    await copyFile(`${keys.user}.pub`, join(directory, 'authorized'));
  }
  return keys;
}

async function serve(workspace: Workspace, place: Place): Promise<SshServer> {
  const keys = await makeKeys(workspace);
  const port = place.inside.length === 0 ? await freePort() : 22;
  const settings = {
    Port: port,
    ListenAddress: place.host,
    HostKey: keys.host,
    AuthorizedKeysFile: join(workspace.scratch, 'openssh', 'authorized'),
    Subsystem: `sftp ${subsystem}`,
    PasswordAuthentication: 'no',
    UsePAM: 'no',
    UseDNS: 'no',
    StrictModes: 'no',
    PidFile: 'none',
    PermitRootLogin: 'yes',
    MaxStartups: 10_000,
    MaxSessions: 1000,
    LogLevel: 'ERROR',
  };
  const text = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  const config = await writeConfig(workspace, `openssh-${port}/sshd_config`, text.join(''));
  const command = [
    ...place.inside,
    'unshare',
    '--mount',
    'sh',
    '-c',
    enter,
    'sh',
    program,
    '-D',
    '-e',
    '-f',
    config,
  ];
  const running = startProgram(command);
  const { child } = running;
  try {
    await waitForGreeting(running, place, { port, greeting: 'SSH-' });
  } catch (error) {
    await stopTree(child);
    throw error;
  }
  return {
    port,
    host: place.host,
    pid: child.pid ?? 0,
    user: userInfo().username,
    root: workspace.tree,
    keyFile: keys.user,
    account,
    anonymous,
    stop: () => stopTree(child),
  };
}

async function prepare(): Promise<void> {
  for (const file of [program, subsystem]) {
    await access(file).catch(() => {
      throw new MissingPeer(`there is no ${file}`);
    });
  }
  if (process.getuid?.() !== 0) throw new MissingPeer('it needs root');
}

/** OpenSSH's server, with a key for the login and nothing that slows it down. */
export const openssh: SshPeer = {
  name: 'openssh',
  title: 'OpenSSH',
  kind: 'peer',
  sessionModel: 'process',
  capabilities: new Set(['write']),
  packages: ['openssh-server', 'openssh-client', 'openssh-sftp-server'],
  client: opensshClient,
  prepare,
  serve,
  start: (workspace) => serve(workspace, loopback),
};
