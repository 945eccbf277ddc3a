import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { flagsOf, startProgram, stopTree } from '../processes.ts';
import { run, type Workspace } from '../workspace.ts';
import { findProgram } from './debian.ts';
import { account, anonymous, host, MissingPeer, type Peer, type RunningServer } from './peer.ts';

const longestStartMs = 15_000;
/** More than the clients of any row. */
const mostTransfers = 1000;

/** A UDP port that is free now. */
function freeUdpPort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, host, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** Whether anything is said to a request for a file that nobody has. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (said: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(said);
    };
    const timer = setTimeout(() => end(false), 200);
    socket.once('message', () => end(true));
    socket.once('error', () => end(false));
    socket.send(Buffer.from('\0\u0001not-there\0octet\0', 'latin1'), port, host);
  });
}

/** Starts a TFTP server's program on a free port and waits until it answers; it is stopped when that fails. */
export async function startTftpServer(
  commandFor: (port: number) => readonly string[],
): Promise<RunningServer> {
  const port = await freeUdpPort();
  const { child, output } = startProgram(commandFor(port));
  const deadline = performance.now() + longestStartMs;
  while (!(await answers(port))) {
    const reason = child.exitCode === null ? 'it does not answer' : 'it ended at once';
    if (child.exitCode === null && performance.now() < deadline) {
      await delay(50);
      continue;
    }
    await stopTree(child);
    throw new Error(`${reason}: ${output()}`);
  }
  return { port, pid: child.pid ?? 0, account, anonymous, stop: () => stopTree(child) };
}

type Tftpd = {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  /** How the answer to `-V` begins. */
  readonly calledItself: string;
  readonly packages: readonly string[];
  readonly flags: (port: number, workspace: Workspace) => readonly string[];
};

function peerOf({ name, title, path, calledItself, packages, flags }: Tftpd): Peer {
  let program = path;
  return {
    name,
    title,
    kind: 'peer',
    sessionModel: 'process',
    capabilities: new Set(),
    packages,
    async prepare(workspace) {
      // Both change their user, the one its root too.
      if (process.getuid?.() !== 0) throw new MissingPeer('it needs root');
      program = await findProgram(workspace, path, packages);
      // Both packages have an in.tftpd, and unpacked beside each other one of them hides the other.
      const { stdout } = await run(program, ['-V']);
      if (!stdout.startsWith(calledItself)) throw new MissingPeer(`${path} is another program`);
    },
    start: (workspace) => startTftpServer((port) => [program, ...flags(port, workspace)]),
  };
}

/** tftpd-hpa: a process for each transfer. */
export const tftpdHpa = peerOf({
  name: 'tftpd-hpa',
  title: 'tftpd-hpa',
  path: '/usr/sbin/in.tftpd',
  calledItself: 'tftp-hpa',
  packages: ['tftpd-hpa'],
  flags: (port, { tree }) => ['-L', '-4', '-p', '-u', 'nobody', '-a', `${host}:${port}`, '-s', tree],
});

/** atftpd: a thread for each transfer. */
export const atftpd = peerOf({
  name: 'atftpd',
  title: 'atftpd',
  path: '/usr/sbin/atftpd',
  calledItself: 'atftp-',
  packages: ['atftpd'],
  flags: (port, { tree }) => [
    '--daemon',
    '--no-fork',
    ...flagsOf({ port: String(port), 'bind-address': host, user: 'nobody.nogroup' }),
    ...flagsOf({ maxthread: String(mostTransfers), logfile: '-' }),
    '--verbose=3',
    tree,
  ],
});
