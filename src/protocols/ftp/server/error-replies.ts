import { describeErrorCode, WherryError, type ErrorCode } from '#core/errors.ts';
import { reply, type Reply } from '../wire/reply.ts';

/**
 * The reply code for each neutral code: RFC 959 section 5.4, RFC 1123 section 4.1.2.11, RFC 3659. A first digit of
 * 4 tells the client that the same command may work later.
 */
const codes: Readonly<Record<ErrorCode, number>> = {
  'not-found': 550,
  exists: 550,
  permission: 550,
  'read-only': 550,
  'is-directory': 550,
  'not-directory': 550,
  'not-empty': 550,
  'not-regular': 550,
  'name-invalid': 553,
  'name-too-long': 553,
  'link-loop': 550,
  'cross-device': 550,
  busy: 450,
  'no-space': 452,
  quota: 552,
  'too-large': 552,
  'too-many': 450,
  'invalid-argument': 501,
  'invalid-range': 554,
  'not-supported': 504,
  io: 451,
  timeout: 426,
  aborted: 426,
  closed: 426,
  'connection-refused': 425,
  'connection-lost': 426,
  truncated: 426,
  protocol: 501,
  'login-refused': 530,
  'not-trusted': 522,
  integrity: 451,
  unavailable: 451,
};

/** What a client is told of an error. Only texts written for peers go out; a system's own never do. */
export function errorReply(thrown: unknown): Reply {
  if (!(thrown instanceof WherryError))
    return reply(451, 'Requested action aborted: local error in processing');
  const { code, path, message } = thrown;
  const named = path !== undefined && path !== '' && !message.includes(path) ? `${path}: ` : '';
  return reply(codes[code], `${named}${message === '' ? describeErrorCode(code) : message}`);
}
