import { WherryError, type ErrorCode } from '#core/errors.ts';

/** A key, a signature or a file of keys is not what it should be. */
export function keyError(
  message: string,
  code: ErrorCode = 'invalid-argument',
  cause?: unknown,
): WherryError {
  return new WherryError(code, message, cause === undefined ? {} : { cause });
}
