import { link, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientProgram, Errand, Protocol } from '../clients/programs/program.ts';
import { servers, serversOf, type ServerName } from '../clients/programs/servers.ts';
import { withDistance } from '../link/distance.ts';
import type { Peer } from '../peers/peer.ts';
import type { SshServer } from '../peers/ssh-peer.ts';
import type { Measurement, MeasurementContext } from '../suite.ts';
import { freshDirectory, requireSizes, timed } from './moving.ts';
import { run, takeUploads, touchMemory, type Workspace } from '../workspace.ts';

/** A client under test. */
export type ClientPeer = Peer & { readonly program: ClientProgram };

const bytesPerMegabyte = 1e6;
const bytesPerMebibyte = 2 ** 20;
const roundTripMs = 50;
/** Far away, a client that moves one file after the other shows its rate with these as well. */
const oneByOneShare = 0.1;
const memoryPollMs = 50;

function programOf({ peer }: MeasurementContext): ClientProgram {
  return (peer as ClientPeer).program;
}

/** A directory of the tree with the first files of `small`, under other names of the same files. */
async function someOf(
  workspace: Workspace,
  count: number,
): Promise<{ readonly path: string; readonly names: readonly string[] }> {
  const path = `some-${count}`;
  const directory = join(workspace.tree, path);
  const names = (await readdir(join(workspace.tree, 'small'))).sort().slice(0, count);
  try {
    await mkdir(directory);
  } catch {
    return { path, names };
  }
  for (const name of names) await link(join(workspace.tree, 'small', name), join(directory, name));
  return { path, names };
}

type Move = {
  readonly kind: Errand['kind'];
  readonly protocol: Protocol;
  readonly server: SshServer;
  readonly inside: readonly string[];
  /** What lies in the tree: a file, or a directory with these names. */
  readonly path: string;
  readonly names: readonly string[];
};

/** Has the client move something, and looks whether it arrived. Returns the seconds it took. */
async function move(
  context: MeasurementContext,
  what: Move,
  expected: { readonly count: number; readonly octets: number },
): Promise<number> {
  const { workspace } = context;
  const { kind, server, path } = what;
  const tree = kind.endsWith('-tree');
  const received = await freshDirectory(workspace);
  const up = kind.startsWith('put');
  const local = up ? join(workspace.tree, path) : tree ? received : join(received, path);
  const remote = up ? `${server.root}/in${tree ? '' : `/${path}`}` : `${server.root}/${path}`;
  const seconds = await timed(() => programOf(context).run({ ...what, local, remote }, workspace));
  await requireSizes(up ? join(workspace.tree, 'in') : received, expected.count, expected.octets);
  await takeUploads(workspace);
  await rm(received, { recursive: true });
  return seconds;
}

/** One large file between a client and vsftpd. */
function large(id: string, kind: 'get' | 'put', protocol: Protocol): Measurement {
  return {
    id,
    needs: [],
    async run(context) {
      const { workspace } = context;
      const octets = workspace.sizes.bigFileBytes;
      const server = await serversOf(workspace).get('vsftpd');
      const what = { kind, protocol, server, inside: [], path: 'big.bin', names: [] };
      await touchMemory(workspace, octets);
      const seconds = await move(context, what, { count: 1, octets });
      return { speed: octets / seconds / bytesPerMegabyte };
    },
  };
}

type SmallFiles = {
  readonly kind: 'get-tree' | 'put-tree';
  readonly protocol: Protocol;
  readonly server: ServerName;
};

/** A tenth of the small files over some way. */
function far(id: string, { kind, protocol, server: name }: SmallFiles): Measurement {
  return {
    id,
    needs: [],
    once: true,
    async run(context) {
      const { workspace } = context;
      const { smallFiles, smallFileBytes } = workspace.sizes;
      const share = programOf(context).oneByOne ? oneByOneShare : 1;
      const { path, names } = await someOf(workspace, Math.round((smallFiles / 10) * share));
      const seconds = await withDistance(workspace, roundTripMs, async ({ host, near, far: inside }) => {
        const server = await servers[name](workspace, { host, inside });
        try {
          const what = { kind, protocol, server, inside: near, path, names };
          return await move(context, what, { count: names.length, octets: smallFileBytes });
        } finally {
          await server.stop();
        }
      });
      return { rate: names.length / seconds, seconds };
    },
  };
}

/** All the small files, near. */
function near(id: string, { kind, protocol, server: name }: SmallFiles): Measurement {
  return {
    id,
    needs: [],
    async run(context) {
      const { workspace } = context;
      const { smallFiles, smallFileBytes } = workspace.sizes;
      const names = await readdir(join(workspace.tree, 'small'));
      const server = await serversOf(workspace).get(name);
      const what = { kind, protocol, server, inside: [], path: 'small', names };
      const seconds = await move(context, what, { count: smallFiles, octets: smallFileBytes });
      return { rate: smallFiles / seconds };
    },
  };
}

/** Finding that a directory of many files has not changed. */
function unchanged(id: string, name: ServerName): Measurement {
  return {
    id,
    needs: [],
    async run(context) {
      const { workspace } = context;
      const { listEntries } = workspace.sizes;
      const local = join(workspace.scratch, 'mirrored');
      // With the times of the originals, as a first mirror leaves them.
      await run('cp', ['-a', '-T', join(workspace.tree, 'list'), local]);
      const server = await serversOf(workspace).get(name);
      const peak = { bytes: 0 };
      const startedAt = Date.now();
      const seconds = await timed(async () => {
        const watch: { timer?: NodeJS.Timeout } = {};
        try {
          const remote = `${server.root}/list`;
          const errand = {
            kind: 'get-tree',
            protocol: 'ftp',
            server,
            local,
            remote,
            names: [],
            inside: [],
          } as const;
          await programOf(context).run(
            {
              ...errand,
              onStart: (pid) => {
                watch.timer = setInterval(() => void notePeak(pid, peak), memoryPollMs);
              },
            },
            workspace,
          );
        } finally {
          clearInterval(watch.timer);
        }
      });
      await requireUntouched(local, listEntries, startedAt);
      await rm(local, { recursive: true });
      return { rate: listEntries / seconds, memory: peak.bytes / bytesPerMebibyte };
    },
  };
}

/** The most memory that a process has had resident so far. */
async function notePeak(pid: number, peak: { bytes: number }): Promise<void> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'latin1');
    peak.bytes = Math.max(peak.bytes, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
  } catch {
    // It has ended.
  }
}

async function requireUntouched(directory: string, count: number, sinceMs: number): Promise<void> {
  const names = await readdir(directory);
  if (names.length !== count) throw new Error(`${names.length} files are there instead of ${count}`);
  for (const name of names) {
    const { ctimeMs } = await stat(join(directory, name));
    if (ctimeMs >= sinceMs) throw new Error(`${name} was written again`);
  }
}

/** Processor time of a program that does nothing but say its version. */
const version: Measurement = {
  id: 'version',
  needs: [],
  async run(context) {
    const { program } = context.peer as ClientPeer;
    const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1';
    const { stderr } = await run('bash', ['-c', script, 'bash', ...(program.versionCommand ?? [])]);
    const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
    return { cpuMs: (user + system) * 1000 };
  },
};

const ftpDown = { kind: 'get-tree', protocol: 'ftp' } as const;
const ftpUp = { kind: 'put-tree', protocol: 'ftp' } as const;
const sftpDown = { kind: 'get-tree', protocol: 'sftp', server: 'openssh' } as const;
const sftpUp = { kind: 'put-tree', protocol: 'sftp', server: 'openssh' } as const;

/** What each client is measured by that speaks the protocol. */
export const clientMeasurements: readonly (Measurement & { readonly protocol: Protocol | null })[] = [
  { ...large('download', 'get', 'ftp'), protocol: 'ftp' },
  { ...large('upload', 'put', 'ftp'), protocol: 'ftp' },
  { ...large('tls-download', 'get', 'ftpes'), protocol: 'ftpes' },
  { ...large('tls-upload', 'put', 'ftpes'), protocol: 'ftpes' },
  { ...far('far-ftp-download', { ...ftpDown, server: 'vsftpd' }), protocol: 'ftp' },
  { ...far('far-ftp-upload', { ...ftpUp, server: 'vsftpd' }), protocol: 'ftp' },
  { ...far('far-proftpd-download', { ...ftpDown, server: 'proftpd' }), protocol: 'ftp' },
  { ...far('far-wherry-download', { ...ftpDown, server: 'wherry' }), protocol: 'ftp' },
  { ...far('far-wherry-upload', { ...ftpUp, server: 'wherry' }), protocol: 'ftp' },
  { ...far('far-sftp-download', sftpDown), protocol: 'sftp' },
  { ...far('far-sftp-upload', sftpUp), protocol: 'sftp' },
  { ...near('many-ftp-download', { ...ftpDown, server: 'vsftpd' }), protocol: 'ftp' },
  { ...near('many-ftp-upload', { ...ftpUp, server: 'vsftpd' }), protocol: 'ftp' },
  { ...near('many-sftp-download', sftpDown), protocol: 'sftp' },
  { ...near('many-sftp-upload', sftpUp), protocol: 'sftp' },
  { ...unchanged('unchanged-vsftpd', 'vsftpd'), protocol: 'ftp' },
  { ...unchanged('unchanged-wherry', 'wherry'), protocol: 'ftp' },
  { ...version, protocol: null },
];
