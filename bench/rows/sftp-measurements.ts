import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askPassEnvironment, runClient, sshOptions, type Job } from '../clients/client.ts';
import { driverCommand } from '../clients/wherry.ts';
import { withDistance } from '../link/distance.ts';
import type { SshPeer, SshServer } from '../peers/ssh-peer.ts';
import { cpuSecondsOf, memoryBytesOf } from '../processes.ts';
import type { Measurement, MeasurementContext } from '../suite.ts';
import { freshDirectory, requireSizes, timed } from './moving.ts';
import { takeUploads, touchMemory, writeConfig } from '../workspace.ts';

const bytesPerMegabyte = 1e6;
const bytesPerGibibyte = 2 ** 30;
/** Time for a server to reap the processes of the last session. */
const settleMs = 300;
const fastCipher = 'aes128-gcm@openssh.com';
const kib = 1024;

/** How far away, and how much is moved there. */
export const distances = {
  stream: { roundTripMs: 138, octets: 256 * 2 ** 20 },
  small: { roundTripMs: 50 },
} as const;

function sshOf({ peer, server }: MeasurementContext): { readonly peer: SshPeer; readonly server: SshServer } {
  return { peer: peer as SshPeer, server: server as SshServer };
}

/** One large file each way between a client and a server of this machine. */
function largeFile(id: string, kind: 'get' | 'put', cipher?: string): Measurement {
  return {
    id,
    needs: [],
    async run(context) {
      const { workspace } = context;
      const { peer, server } = sshOf(context);
      const size = workspace.sizes.bigFileBytes;
      const received = await freshDirectory(workspace);
      const big = join(workspace.tree, 'big.bin');
      const job: Job =
        kind === 'get'
          ? {
              kind,
              server,
              cipher,
              inside: [],
              remote: `${server.root}/big.bin`,
              local: join(received, 'big.bin'),
            }
          : { kind, server, cipher, inside: [], remote: `${server.root}/in/big.bin`, local: big };
      await touchMemory(workspace, size);
      const before = cpuSecondsOf(server.pid);
      const seconds = await timed(() => peer.client.run(job, workspace));
      await delay(settleMs);
      const cpuSeconds = cpuSecondsOf(server.pid) - before;
      await requireSizes(kind === 'get' ? received : join(workspace.tree, 'in'), 1, size);
      await takeUploads(workspace);
      await rm(received, { recursive: true });
      return { speed: size / seconds / bytesPerMegabyte, cpu: cpuSeconds / (size / bytesPerGibibyte) };
    },
  };
}

const list: Measurement = {
  id: 'list',
  needs: [],
  async run(context) {
    const { workspace } = context;
    const { server } = sshOf(context);
    const batch = await writeConfig(workspace, 'sftp-list', `ls -1f ${server.root}/list\n`);
    const environment = await askPassEnvironment(server, workspace);
    let lines = 0;
    const seconds = await timed(async () => {
      const target = ['-P', String(server.port), `${server.user}@${server.host}`];
      const output = await runClient(
        ['sftp', '-q', ...sshOptions(server), '-b', batch, ...target],
        environment,
      );
      lines = output.split('\n').filter((line) => line.includes('a-file-with-a-usual-name-')).length;
    });
    if (lines !== workspace.sizes.listEntries) throw new Error(`${lines} entries were listed`);
    return { rate: lines / seconds };
  },
};

const connections: Measurement = {
  id: 'connect',
  needs: [],
  async run(context) {
    const { server } = sshOf(context);
    const { seconds } = context.effort;
    const rate = Number(
      await runClient(driverCommand(server, { kind: 'connect', count: 8, seconds: 3 * seconds })),
    );
    if (!(rate > 0)) throw new Error('no connection was made');
    return { rate };
  },
};

const idle: Measurement = {
  id: 'idle',
  needs: [],
  once: true,
  freshServer: true,
  async run(context) {
    const { peer, server } = sshOf(context);
    const sessions = context.effort.idleSessions[peer.sessionModel];
    // What the first sessions bring into memory (code, tables) is not the price of a session.
    await hold(server, 50, () => undefined);
    await delay(settleMs);
    const before = memoryBytesOf(server.pid);
    let after = before;
    await hold(server, sessions, async () => {
      await delay(1000);
      after = memoryBytesOf(server.pid);
    });
    return { perSession: (after - before) / sessions / kib, sessions };
  },
};

async function hold(server: SshServer, count: number, whileHeld: () => Promise<void> | void): Promise<void> {
  const [program = '', ...words] = driverCommand(server, { kind: 'hold', count });
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ready')) resolve();
    });
    void exited.then(() => {
      reject(new Error('the sessions could not be opened'));
    });
  });
  try {
    await ready;
    await whileHeld();
    child.stdin.end();
    await exited;
    if (!said.includes('answered')) throw new Error('an idle session did not answer at the end');
  } finally {
    child.kill('SIGKILL');
  }
}

/** One stream over a long way. */
function stream(kind: 'get' | 'put'): Measurement {
  const { roundTripMs, octets } = distances.stream;
  return {
    id: `distance-${kind}`,
    needs: [],
    async run(context) {
      const { workspace } = context;
      const { peer } = sshOf(context);
      const file = join(workspace.tree, 'distance.bin');
      const size = Math.min(octets, workspace.sizes.bigFileBytes);
      const received = await freshDirectory(workspace);
      await copyFile(join(workspace.tree, 'big.bin'), file);
      await truncate(file, size);
      const seconds = await withDistance(workspace, roundTripMs, async (link) => {
        const server = await peer.serve(workspace, { host: link.host, inside: link.far });
        try {
          const job: Job =
            kind === 'get'
              ? {
                  kind,
                  server,
                  inside: link.near,
                  remote: `${server.root}/distance.bin`,
                  local: join(received, 'x'),
                }
              : { kind, server, inside: link.near, remote: `${server.root}/in/x`, local: file };
          return await timed(() => peer.client.run(job, workspace));
        } finally {
          await server.stop();
        }
      });
      await requireSizes(kind === 'get' ? received : join(workspace.tree, 'in'), 1, size);
      await takeUploads(workspace);
      await rm(received, { recursive: true });
      await rm(file);
      return { speed: size / seconds / bytesPerMegabyte };
    },
  };
}

/** Many small files over some way. */
function small(kind: 'get-tree' | 'put-tree'): Measurement {
  return {
    id: `small-${kind}`,
    needs: [],
    once: true,
    async run(context) {
      const { workspace } = context;
      const { peer } = sshOf(context);
      const { smallFiles, smallFileBytes } = workspace.sizes;
      const received = await freshDirectory(workspace);
      const seconds = await withDistance(workspace, distances.small.roundTripMs, async (link) => {
        const server = await peer.serve(workspace, { host: link.host, inside: link.far });
        try {
          const job: Job =
            kind === 'get-tree'
              ? { kind, server, inside: link.near, remote: `${server.root}/small`, local: received }
              : {
                  kind,
                  server,
                  inside: link.near,
                  remote: `${server.root}/in`,
                  local: join(workspace.tree, 'small'),
                };
          return await timed(() => peer.client.run(job, workspace));
        } finally {
          await server.stop();
        }
      });
      await requireSizes(
        kind === 'get-tree' ? received : join(workspace.tree, 'in'),
        smallFiles,
        smallFileBytes,
      );
      await takeUploads(workspace);
      await rm(received, { recursive: true });
      return { rate: smallFiles / seconds, seconds };
    },
  };
}

/** What servers are measured by, with OpenSSH's client. */
export const serverMeasurements: readonly Measurement[] = [
  largeFile('download-gcm', 'get', fastCipher),
  largeFile('upload-gcm', 'put', fastCipher),
  largeFile('download', 'get'),
  largeFile('upload', 'put'),
  list,
  connections,
  idle,
];

/** What clients are measured by near a server. */
export const nearMeasurements: readonly Measurement[] = [
  largeFile('client-download', 'get', fastCipher),
  largeFile('client-upload', 'put', fastCipher),
];

/** What clients are measured by far from a server. */
export const farMeasurements: readonly Measurement[] = [
  stream('get'),
  stream('put'),
  small('get-tree'),
  small('put-tree'),
];
