import { startProgram, stopTree } from '../processes.ts';
import { account, anonymous, type RunningServer } from './peer.ts';
import { loopback, waitForGreeting, type Place } from './place.ts';

/** Starts an FTP server's program on a known port and waits for its greeting; it is stopped when that fails. */
export async function startPeer(
  command: readonly string[],
  port: number,
  environment: Readonly<Record<string, string>> = {},
  place: Place = loopback,
): Promise<RunningServer> {
  const program = startProgram([...place.inside, ...command], { env: { ...process.env, ...environment } });
  const { child } = program;
  try {
    await waitForGreeting(program, place, { port, greeting: '220' });
  } catch (error) {
    await stopTree(child);
    throw error;
  }
  return { port, pid: child.pid ?? 0, account, anonymous, stop: () => stopTree(child) };
}
