import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { flagsOf, startProgram, stopTree } from '../processes.ts';
import { freePort } from '../workspace.ts';
import { opensshClient } from '../clients/openssh.ts';
import { account, anonymous } from './peer.ts';
import { loopback, waitForGreeting } from './place.ts';
import type { SshPeer } from './ssh-peer.ts';

const program = join(import.meta.dirname, '../../bin/wherry');

export const serveWherrySftp: SshPeer['serve'] = async (workspace, place) => {
  const port = place.inside.length === 0 ? await freePort() : 2222;
  const flags = flagsOf({
    'data-dir': await mkdtemp(join(workspace.scratch, 'wherry-')),
    host: place.host,
    grace: '1',
    user: `${account.user}:${account.password}`,
    sftp: String(port),
    ftp: 'off',
    ftps: 'off',
    http: 'off',
  });
  const running = startProgram([
    ...place.inside,
    program,
    'serve',
    workspace.tree,
    '--log',
    'warnings',
    ...flags,
  ]);
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

export const wherrySftp: SshPeer = {
  name: 'wherry',
  title: 'wherry',
  kind: 'subject',
  sessionModel: 'event-loop',
  capabilities: new Set(['write']),
  packages: [],
  client: opensshClient,
  prepare: () => Promise.resolve(),
  serve: serveWherrySftp,
  start: (workspace) => serveWherrySftp(workspace, loopback),
};
