import { constants } from 'node:os';

/** An error in the shape in which Node reports failures of the system. */
export interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

const namesByNumber: ReadonlyMap<number, string> = new Map(
  // The first name of a number counts: EAGAIN, not EWOULDBLOCK. libuv's own table lacks EDQUOT.
  Object.entries(constants.errno)
    .toReversed()
    .map(([name, number]) => [number, name]),
);

const numbersByName: Readonly<Record<string, number>> = constants.errno;

/** The error for an errno, given by number (positive) or by name. */
export function systemError(errno: number | string, syscall: string): SystemError {
  const code = typeof errno === 'string' ? errno : (namesByNumber.get(errno) ?? 'EIO');
  const number = typeof errno === 'number' ? errno : (numbersByName[errno] ?? constants.errno.EIO);
  return Object.assign(new Error(`${code}: ${syscall} failed`), { code, errno: -number, syscall });
}

/** Returns a result of the addon, or throws the error that a negative one stands for. */
export function checkResult(result: number, syscall: string): number {
  if (result < 0) throw systemError(-result, syscall);
  return result;
}

/** The error for something stopped by a signal, `destroy`, `stop` or `close`. */
export function abortError(message = 'The operation was aborted'): Error {
  return Object.assign(new Error(message), { name: 'AbortError', code: 'ABORT_ERR' });
}

/** The `code` of a thrown system error, or undefined for anything else. */
export function errorCodeOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
