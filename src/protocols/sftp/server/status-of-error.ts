import type { ErrorCode } from '#core/errors.ts';
import { status, type StatusCode } from '../wire/packet-types.ts';

/**
 * What a client is told, for every neutral code. Version 3 has few words; where OpenSSH's errno table picks one of
 * them clients rely on it, so it is followed.
 */
export const statusByCode: Readonly<Record<ErrorCode, StatusCode>> = {
  'not-found': status.noSuchFile,
  exists: status.failure,
  permission: status.permissionDenied,
  'read-only': status.permissionDenied,
  'is-directory': status.failure,
  'not-directory': status.noSuchFile,
  'not-empty': status.failure,
  'not-regular': status.failure,
  'name-invalid': status.failure,
  'name-too-long': status.badMessage,
  'link-loop': status.noSuchFile,
  'cross-device': status.failure,
  busy: status.failure,
  'no-space': status.failure,
  quota: status.failure,
  'too-large': status.failure,
  'too-many': status.failure,
  'invalid-argument': status.badMessage,
  'invalid-range': status.failure,
  'not-supported': status.operationUnsupported,
  io: status.failure,
  timeout: status.failure,
  aborted: status.failure,
  closed: status.failure,
  'connection-refused': status.failure,
  'connection-lost': status.failure,
  truncated: status.failure,
  protocol: status.badMessage,
  'login-refused': status.permissionDenied,
  'not-trusted': status.failure,
  integrity: status.failure,
  unavailable: status.failure,
};
