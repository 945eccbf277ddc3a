import { closeSync, openSync } from 'node:fs';
import { toWherryError } from '#core/errors.ts';

/**
 * Makes an empty file that only its owner may read, where there is none. One that is there is not even opened:
 * closing it again would drop every lock that this process holds on it (POSIX fcntl), SQLite's among them.
 */
export function createPrivateFile(file: string, what: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (thrown) {
    const error = toWherryError(thrown, `open ${what}`);
    if (error.code !== 'exists') throw error;
  }
}
