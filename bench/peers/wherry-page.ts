import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { flagsOf, startProgram, stopTree } from '../processes.ts';
import { account, anonymous, host, type Peer } from './peer.ts';
import { wherryFacts } from './wherry.ts';

const program = join(import.meta.dirname, '../../bin/wherry');

interface ReadyLine {
  readonly listeners: ReadonlyArray<{ readonly protocol: string; readonly port: number }>;
}

/** Where FTP of the same server listens, by the port of its page. */
export const ftpPorts = new Map<number, number>();

/** The files of a server in a browser: its port is that of HTTP. */
export const wherryPage: Peer = {
  ...wherryFacts,
  name: 'wherry',
  title: 'wherry',
  async start(workspace) {
    const flags = flagsOf({
      'data-dir': await mkdtemp(join(workspace.scratch, 'page-')),
      host,
      grace: '1',
      user: `${account.user}:${account.password}`,
      ftp: '0',
      ftps: 'off',
      sftp: 'off',
      http: '0',
    });
    const words = [program, 'serve', workspace.tree, '--json', '--log', 'warnings', ...flags];
    const { child, output } = startProgram(words, { env: process.env });
    try {
      if (child.stdout === null) throw new Error('it says nothing');
      const lines = createInterface({ input: child.stdout });
      const [line] = (await Promise.race([
        once(lines, 'line'),
        once(child, 'exit').then(() => Promise.reject(new Error(`it ended at once: ${output()}`))),
      ])) as [string];
      const { listeners } = JSON.parse(line) as ReadyLine;
      const portOf = (protocol: string): number =>
        listeners.find((listener) => listener.protocol === protocol)?.port ?? 0;
      ftpPorts.set(portOf('http'), portOf('ftp'));
      return {
        port: portOf('http'),
        pid: child.pid ?? 0,
        account,
        anonymous,
        stop: () => stopTree(child),
      };
    } catch (error) {
      await stopTree(child);
      throw error;
    }
  },
};
