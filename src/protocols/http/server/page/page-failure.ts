import { toWherryError } from '#core/errors.ts';
import type { Failure } from '../../contract/page/common.ts';

/** Whatever was thrown, as the contract tells of it. */
export function failureOf(thrown: unknown, action: string): Failure {
  const { code, message, path, reply, status, retryable } = toWherryError(thrown, action);
  return {
    code,
    message,
    retryable,
    ...(path === undefined ? {} : { path }),
    ...(reply === undefined ? {} : { reply }),
    ...(status === undefined ? {} : { status }),
  };
}
