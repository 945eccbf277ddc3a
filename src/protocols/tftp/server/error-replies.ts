import { describeErrorCode, type ErrorCode, type WherryError } from '#core/errors.ts';
import { encodeError, errorNumbers, type ErrorNumber } from '../wire/error-packet.ts';

const { undefined: other, notFound, accessViolation, diskFull, illegalOperation } = errorNumbers;

/** What a client is told of each thing that can go wrong (RFC 1350 appendix). */
export const errorReplies: Readonly<Record<ErrorCode, ErrorNumber>> = Object.freeze({
  'not-found': notFound,
  exists: errorNumbers.fileExists,
  permission: accessViolation,
  'read-only': accessViolation,
  'is-directory': accessViolation,
  'not-directory': notFound,
  'not-empty': accessViolation,
  'not-regular': accessViolation,
  'name-invalid': accessViolation,
  'name-too-long': accessViolation,
  'link-loop': accessViolation,
  'cross-device': other,
  busy: other,
  'no-space': diskFull,
  quota: diskFull,
  'too-large': diskFull,
  'too-many': other,
  'invalid-argument': illegalOperation,
  'invalid-range': other,
  'not-supported': illegalOperation,
  io: other,
  timeout: other,
  aborted: other,
  closed: other,
  'connection-refused': other,
  'connection-lost': other,
  truncated: other,
  protocol: illegalOperation,
  'login-refused': errorNumbers.noSuchUser,
  'not-trusted': accessViolation,
  integrity: other,
  unavailable: other,
});

/** The packet that tells a client of an error: its number and plain words, nothing else of it. */
export function errorReply(error: WherryError): Buffer {
  return encodeError(errorReplies[error.code], describeErrorCode(error.code));
}
