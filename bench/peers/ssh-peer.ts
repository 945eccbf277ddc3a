import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { run, type Workspace } from '../workspace.ts';
import type { Peer, RunningServer } from './peer.ts';
import type { SftpClient } from '../clients/client.ts';

/** Where a server runs and under which address its clients find it. */
export type Place = { readonly host: string; readonly inside: readonly string[] };

export const loopback: Place = { host: '127.0.0.1', inside: [] };

export type SshServer = RunningServer & {
  readonly host: string;
  readonly user: string;
  /** The path of the served tree as clients name it; empty where the tree is the root. */
  readonly root: string;
  /** A key that opens the account; null where the password does. */
  readonly keyFile: string | null;
};

/** A server under test, or a pair of a server and the client that is to be measured with it. */
export type SshPeer = Peer & {
  /** Whose speed is measured. */
  readonly client: SftpClient;
  serve(workspace: Workspace, place: Place): Promise<SshServer>;
};

/** Waits until a server identifies itself. */
export async function waitForSsh(
  program: { readonly child: { readonly exitCode: number | null }; readonly output: () => string },
  place: Place,
  port: number,
): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await identifies(place, port))) {
    if (program.child.exitCode !== null) throw new Error(`it ended at once: ${program.output()}`);
    if (performance.now() > deadline) throw new Error(`no answer on port ${port}: ${program.output()}`);
    await delay(50);
  }
}

/** In a namespace of its own a server is asked from inside, without the distance. */
async function identifies({ host, inside }: Place, port: number): Promise<boolean> {
  if (inside.length === 0) return answers(host, port);
  const [command, ...words] = [
    ...inside,
    'bash',
    '-c',
    'exec 3<>/dev/tcp/$0/$1 && head -c 4 <&3',
    host,
    String(port),
  ];
  try {
    return (await run(command, words, { timeout: 2000 })).stdout.startsWith('SSH-');
  } catch {
    return false;
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(2000, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(data.toString('latin1').startsWith('SSH-'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
