import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toWherryError, WherryError } from '#core/errors.ts';

/** A lock whose owner has not let go of it for this long is taken for left behind. */
const staleLockMs = 30_000;
const lockPatienceMs = 10_000;
const lockPollMs = 20;

/** Reads a file; null where there is none. @throws WherryError when it cannot be read or is larger than `maximum` */
export async function readIfThere(path: string, maximum: number): Promise<Buffer | null> {
  try {
    const { size } = await stat(path);
    if (size > maximum)
      throw new WherryError('too-large', `Cannot read ${path}: it is larger than ${maximum} octets`);
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw toWherryError(error, `read ${path}`);
  }
}

/** Puts a file in the place of an older one at once, readable by its owner alone. */
export async function writePrivately(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw toWherryError(error, `write ${path}`);
  }
}

/**
 * Runs `action` while no other process does the same for this file.
 *
 * @throws WherryError `busy`; `invalid-argument` for no name, whose lock would lie in the working directory
 */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  if (path === '') throw new WherryError('invalid-argument', 'Cannot lock a file without a name');
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const patience = performance.now() + lockPatienceMs;
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw toWherryError(error, `lock ${path}`);
      if (await isStale(lock)) await rm(lock, { force: true });
      else if (performance.now() > patience) {
        throw new WherryError('busy', `Cannot change ${path}: another program holds ${lock}`);
      } else await delay(lockPollMs);
    }
  }
  try {
    return await action();
  } finally {
    await rm(lock, { force: true });
  }
}

async function isStale(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs > staleLockMs;
  } catch {
    return false;
  }
}
