import { describeErrorCode, WherryError } from '#core/errors.ts';
import type { ErrorCode } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

/** Makes the error that says what could not be done and why, in the words that all storages share. */
export function failure(code: ErrorCode, action: string, path?: VirtualPath): WherryError {
  return new WherryError(
    code,
    `Cannot ${action}: ${describeErrorCode(code)}`,
    path === undefined ? {} : { path },
  );
}

/** The error of a handle that `finish`, `abort` or `close` has ended. */
export function handleEnded(action: string): WherryError {
  return new WherryError('closed', `Cannot ${action}: the file is closed`);
}

/** @throws WherryError `aborted` if the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined, action: string, path: VirtualPath): void {
  if (signal?.aborted === true) throw failure('aborted', action, path);
}
