import { startProgram, stopTree, waitForGreeting } from '../processes.ts';
import { account, anonymous, type RunningServer } from './peer.ts';

/** Starts a peer's program on a known port and waits for its greeting; it is stopped when that fails. */
export async function startPeer(
  command: readonly string[],
  port: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const program = startProgram(command, { env: { ...process.env, ...environment } });
  const { child } = program;
  try {
    await waitForGreeting(program, port);
  } catch (error) {
    await stopTree(child);
    throw error;
  }
  return { port, pid: child.pid ?? 0, account, anonymous, stop: () => stopTree(child) };
}
