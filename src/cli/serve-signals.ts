import { ExitCode } from './exit-codes.ts';

/** Settles with the first signal to stop; SIGHUP reloads. A second signal ends the program at once. */
export async function untilStopped(reload: () => void): Promise<void> {
  process.on('SIGHUP', reload);
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(ExitCode.interrupted);
      stopping = true;
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
