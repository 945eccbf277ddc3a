import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../workspace.ts';

/** Where a server runs and under which address its clients find it. */
export type Place = {
  readonly host: string;
  /** Prefix of a command that runs there; empty for this machine itself. */
  readonly inside: readonly string[];
};

export const loopback: Place = { host: '127.0.0.1', inside: [] };

const longestMs = 15_000;

/**
 * Waits until a server greets: `220` of FTP, `SSH-` of SSH. In a namespace of its own it is asked from inside, without the
 * distance.
 */
export async function waitForGreeting(
  program: { readonly child: { readonly exitCode: number | null }; readonly output: () => string },
  place: Place,
  at: { readonly port: number; readonly greeting: string },
): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!(await greets(place, at))) {
    if (program.child.exitCode !== null) throw new Error(`it ended at once: ${program.output()}`);
    if (performance.now() > deadline) throw new Error(`no greeting on port ${at.port}: ${program.output()}`);
    await delay(50);
  }
}

async function greets(
  { host, inside }: Place,
  { port, greeting }: { readonly port: number; readonly greeting: string },
): Promise<boolean> {
  if (inside.length === 0) return answers(host, port, greeting);
  const ask = 'exec 3<>/dev/tcp/$0/$1 && head -c $2 <&3';
  const [command, ...words] = [...inside, 'bash', '-c', ask];
  try {
    const { stdout } = await run(command, [...words, host, String(port), String(greeting.length)], {
      timeout: 5000,
    });
    return stdout === greeting;
  } catch {
    return false;
  }
}

function answers(host: string, port: number, greeting: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(5000, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(data.toString('latin1').startsWith(greeting));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
