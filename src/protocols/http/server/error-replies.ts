import type { FastifyReply } from 'fastify';
import { toWherryError, type ErrorCode, type WherryError } from '#core/errors.ts';
import type { ErrorReply } from '../contract/admin/records.ts';

/** The status of each neutral code (RFC 9110 section 15). */
const statusByCode: Readonly<Record<ErrorCode, number>> = {
  'not-found': 404,
  exists: 409,
  permission: 403,
  'read-only': 403,
  'is-directory': 409,
  'not-directory': 409,
  'not-empty': 409,
  'not-regular': 409,
  'name-invalid': 400,
  'name-too-long': 400,
  'link-loop': 409,
  'cross-device': 409,
  busy: 409,
  'no-space': 507,
  quota: 507,
  'too-large': 413,
  'too-many': 429,
  'invalid-argument': 400,
  'invalid-range': 416,
  'not-supported': 501,
  io: 500,
  timeout: 504,
  aborted: 499,
  closed: 503,
  'connection-refused': 502,
  'connection-lost': 502,
  truncated: 502,
  protocol: 400,
  'login-refused': 401,
  'not-trusted': 502,
  integrity: 502,
  unavailable: 503,
};

/** A single thing that is wrong with a request. */
export interface RequestProblem {
  readonly field: string;
  readonly message: string;
}

/** The status that tells of an error. */
export function statusOf({ code }: WherryError): number {
  return statusByCode[code];
}

/** The body that tells of an error. */
export function errorBody(error: WherryError, problems: readonly RequestProblem[] = []): ErrorReply {
  const { code, message, retryable } = error;
  return {
    error: { code, message, retryable, ...(problems.length === 0 ? {} : { problems: [...problems] }) },
  };
}

/** Answers a request with whatever was thrown. */
export async function sendError(
  reply: FastifyReply,
  thrown: unknown,
  problems: readonly RequestProblem[] = [],
): Promise<FastifyReply> {
  const error = toWherryError(thrown, 'answer the request');
  return reply.code(statusOf(error)).send(errorBody(error, problems));
}
