import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Gives the calling thread a low priority. Linux has priorities of threads, and takes a thread's number where POSIX has
 * a process's (setpriority(2)); elsewhere the thread stays as it is.
 */
export function yieldToTransfers(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isSafeInteger(thread) && thread > 0) {
      setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
    }
  } catch {
    // Without /proc hashing takes its full share of the processors.
  }
}
