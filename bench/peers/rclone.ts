import { flagsOf, startProgram, stopTree } from '../processes.ts';
import { freePort, run } from '../workspace.ts';
import { opensshClient } from '../clients/openssh.ts';
import { account, anonymous, MissingPeer } from './peer.ts';
import { loopback, waitForGreeting } from './place.ts';
import type { SshPeer } from './ssh-peer.ts';

const serve: SshPeer['serve'] = async (workspace, place) => {
  const port = place.inside.length === 0 ? await freePort() : 22;
  const flags = flagsOf({
    addr: `${place.host}:${port}`,
    user: account.user,
    pass: account.password,
    'cache-dir': `${workspace.scratch}/rclone`,
    config: '/dev/null',
  });
  const running = startProgram([...place.inside, 'rclone', 'serve', 'sftp', workspace.tree, ...flags]);
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
    user: account.user,
    root: '',
    keyFile: null,
    account,
    anonymous,
    stop: () => stopTree(child),
  };
};

/** rclone's own SFTP server. */
export const rclone: SshPeer = {
  name: 'rclone',
  title: 'rclone serve',
  kind: 'peer',
  sessionModel: 'event-loop',
  capabilities: new Set(['write']),
  packages: ['rclone'],
  client: opensshClient,
  async prepare() {
    await run('rclone', ['version']).catch(() => {
      throw new MissingPeer('there is no rclone');
    });
  },
  serve,
  start: (workspace) => serve(workspace, loopback),
};
