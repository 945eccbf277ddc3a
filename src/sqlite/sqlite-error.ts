import type { ErrorCode } from '#core/errors.ts';
import { toWherryError, WherryError } from '#core/errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Primary result codes of SQLite (sqlite.org/rescode.html) that an administrator can do something about. */
const meanings: Readonly<Record<number, Meaning>> = {
  5: { code: 'busy', reason: 'another process is using it' },
  6: { code: 'busy', reason: 'another process is using it' },
  8: { code: 'read-only', reason: 'it cannot be written' },
  10: { code: 'io', reason: 'the disk failed' },
  11: { code: 'io', reason: 'the file is damaged' },
  13: { code: 'no-space', reason: 'the disk is full' },
  14: { code: 'unavailable', reason: 'the file cannot be opened' },
  23: { code: 'permission', reason: 'access is denied' },
  26: { code: 'io', reason: 'the file is no database, or is damaged' },
};

/** SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. */
const duplicateKeyCodes: ReadonlySet<unknown> = new Set([1555, 2067]);

/** Whether a statement failed because a row of that key is there already. */
export function isDuplicateKey(thrown: unknown): boolean {
  return duplicateKeyCodes.has(resultCode(thrown));
}

/** Whether a statement failed because what it refers to is not there (SQLITE_CONSTRAINT_FOREIGNKEY). */
export function isForeignKey(thrown: unknown): boolean {
  return resultCode(thrown) === 787;
}

/** Turns what the SQLite driver throws into a neutral error that repeats no path and no SQL. */
export function fromSqlite(thrown: unknown, action: string): WherryError {
  const code = resultCode(thrown);
  const meaning = typeof code === 'number' ? meanings[code & 0xff] : undefined;
  if (meaning === undefined) return toWherryError(thrown, action);
  return new WherryError(meaning.code, `Cannot ${action}: ${meaning.reason}`, { cause: thrown });
}

function resultCode(thrown: unknown): unknown {
  return thrown instanceof Error && 'errcode' in thrown ? thrown.errcode : undefined;
}
