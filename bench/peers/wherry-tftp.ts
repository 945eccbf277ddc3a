import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { flagsOf } from '../processes.ts';
import type { Workspace } from '../workspace.ts';
import { host, type Peer, type RunningServer } from './peer.ts';
import { startTftpServer } from './tftpd.ts';

const program = join(import.meta.dirname, '../../bin/wherry');

async function start(workspace: Workspace): Promise<RunningServer> {
  const data = await mkdtemp(join(workspace.scratch, 'wherry-'));
  return startTftpServer((port) => [
    program,
    'serve',
    workspace.tree,
    ...flagsOf({ 'data-dir': data, host, grace: '1', tftp: String(port), log: 'warnings' }),
    ...flagsOf({ ftp: 'off', ftps: 'off', sftp: 'off', http: 'off' }),
  ]);
}

/** wherry's TFTP server with its defaults. */
export const wherryTftp: Peer = {
  name: 'wherry',
  title: 'wherry',
  kind: 'subject',
  sessionModel: 'event-loop',
  capabilities: new Set(),
  packages: [],
  prepare: () => Promise.resolve(),
  start,
};
