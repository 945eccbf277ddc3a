import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startProgram, stopTree } from '../processes.ts';
import { run, type Workspace } from '../workspace.ts';

/** Two network namespaces as far apart as was asked for. */
export type Link = {
  /** Prefix of a command that runs at the near end, where the clients are. */
  readonly near: readonly string[];
  /** The same at the far end, where the servers are. */
  readonly far: readonly string[];
  /** The address of the far end. */
  readonly host: string;
};

const source = join(import.meta.dirname, 'delay-line.c');
const nearAddress = '10.79.0.1';
const farAddress = '10.79.0.2';
/** Large, so that the per-packet work of the delay line is not what is measured. */
const maximumUnit = '9000';
/** TCP may have so much under way that its window is not what is measured either. */
const largestWindow = '67108864';

/** Makes the link, gives it to `use`, and takes everything away again. Needs root, gcc, iproute2 and /dev/net/tun. */
export async function withDistance<T>(
  workspace: Workspace,
  roundTripMs: number,
  use: (link: Link) => Promise<T>,
): Promise<T> {
  const program = join(workspace.cache, 'delay-line');
  await run('gcc', ['-O2', '-Wall', '-Wextra', '-o', program, source]);
  const [near, far] = [`wherry-bench-near-${process.pid}`, `wherry-bench-far-${process.pid}`] as const;
  const removeNow = (): void => {
    removeAtOnce([near, far]);
  };
  // On a signal the bench ends in the middle of this.
  process.once('exit', removeNow);
  try {
    for (const name of [near, far]) await run('ip', ['netns', 'add', name]);
    const line = startProgram([program, near, far, String(Math.round((roundTripMs * 1000) / 2))]);
    try {
      if (line.child.stdout === null) throw new Error('the delay line has no output');
      await Promise.race([
        once(line.child.stdout, 'data'),
        once(line.child, 'exit').then(() => {
          throw new Error(`the delay line ended: ${line.output()}`);
        }),
      ]);
      await configure(near, nearAddress);
      await configure(far, farAddress);
      const inside = (name: string): readonly string[] => ['ip', 'netns', 'exec', name];
      return await use({ near: inside(near), far: inside(far), host: farAddress });
    } finally {
      await stopTree(line.child);
    }
  } finally {
    process.off('exit', removeNow);
    removeNow();
  }
}

async function configure(name: string, address: string): Promise<void> {
  const inside = ['netns', 'exec', name];
  await run('ip', [...inside, 'ip', 'link', 'set', 'lo', 'up']);
  await run('ip', [...inside, 'ip', 'address', 'add', `${address}/24`, 'dev', 'wan0']);
  await run('ip', [...inside, 'ip', 'link', 'set', 'wan0', 'mtu', maximumUnit, 'up']);
  const windows = [
    `net.ipv4.tcp_rmem=4096 131072 ${largestWindow}`,
    `net.ipv4.tcp_wmem=4096 65536 ${largestWindow}`,
  ];
  for (const setting of windows) await run('ip', [...inside, 'sysctl', '-qw', setting]);
}

/** Takes namespaces away with everything that still runs in them. */
function removeAtOnce(names: readonly string[]): void {
  for (const name of names) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter((line) => line !== '')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        continue; // Already gone, which is the aim.
      }
    }
    spawnSync('ip', ['netns', 'delete', name]);
  }
}
