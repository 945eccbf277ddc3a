import { DatabaseSync } from 'node:sqlite';
import { WherryError } from '#core/errors.ts';
import { createPrivateFile } from './private-file.ts';
import { fromSqlite } from './sqlite-error.ts';

/** A lock that ends with {@link ProcessLock.release} or with the process, however that ends. */
export interface ProcessLock {
  release(): void;
}

/** How long another may hold it: a command that administers without a server has done so in a moment. */
const waitMs = 1000;

/**
 * Takes the lock that stands for `file`, so that no two processes write it. It is an open exclusive transaction on
 * an empty SQLite database beside it: Node offers no file lock of its own, and SQLite's is the kernel's, which a
 * kill -9 gives back. Nothing else runs while it waits for another process, {@link waitMs} at the most. The lock file is never removed, since a removed one could be locked twice.
 *
 * @throws WherryError `busy` when another process holds it, or this one does already; `invalid-argument` for no name,
 *   whose lock would lie in the working directory
 */
export function takeProcessLock(file: string, what: string): ProcessLock {
  if (file === '') throw new WherryError('invalid-argument', `Cannot open ${what}: its file has no name`);
  const lockFile = `${file}.lock`;
  createPrivateFile(lockFile, what);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(lockFile, { timeout: waitMs });
    database.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    database?.close();
    const error = fromSqlite(thrown, `lock ${what}`);
    if (error.code !== 'busy') throw error;
    throw new WherryError('busy', `Cannot open ${what}: another wherry is using it`, { cause: thrown });
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}
