/**
 * The neutral words in which every layer of wherry says that something failed. A protocol translates a
 * code to its own number once, at its edge, in an exhaustive table; nothing else of an error reaches a peer.
 */
export const errorCodes = [
  'not-found',
  'exists',
  'permission',
  'read-only',
  'is-directory',
  'not-directory',
  'not-empty',
  'not-regular',
  'name-invalid',
  'name-too-long',
  'link-loop',
  'cross-device',
  'busy',
  'no-space',
  'quota',
  'too-large',
  'too-many',
  'invalid-argument',
  'invalid-range',
  'not-supported',
  'io',
  'timeout',
  'aborted',
  'closed',
  'connection-refused',
  'connection-lost',
  'truncated',
  'protocol',
  'login-refused',
  'not-trusted',
  'integrity',
  'unavailable',
] as const;

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

/** What {@link WherryError} takes beside its code and message. */
export interface WherryErrorOptions {
  /** The virtual path that the failed action named; never a path of the host. */
  readonly path?: string;
  /** The reply code of the FTP peer that refused, when one did. */
  readonly reply?: number;
  /** The status of the SFTP peer that refused, when one did. */
  readonly status?: number;
  /** Whether the same action may work later unchanged; the code's own default when absent. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

const retryableCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'busy',
  'timeout',
  'too-many',
  'closed',
  'connection-refused',
  'connection-lost',
  'truncated',
  'integrity',
  'unavailable',
]);

/** The one error class of wherry. The message says what could not be done and why, free of host paths. */
export class WherryError extends Error {
  override readonly name = 'WherryError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly reply: number | undefined;
  readonly status: number | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: WherryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options.path;
    this.reply = options.reply;
    this.status = options.status;
    this.retryable = options.retryable ?? retryableCodes.has(code);
  }
}

const codesByErrno: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  EACCES: 'permission',
  EPERM: 'permission',
  EROFS: 'read-only',
  EISDIR: 'is-directory',
  ENOTDIR: 'not-directory',
  ENOTEMPTY: 'not-empty',
  EINVAL: 'invalid-argument',
  EILSEQ: 'name-invalid',
  ENAMETOOLONG: 'name-too-long',
  ELOOP: 'link-loop',
  EXDEV: 'cross-device',
  EBUSY: 'busy',
  EADDRINUSE: 'busy',
  ETXTBSY: 'busy',
  EAGAIN: 'busy',
  EMFILE: 'busy',
  ENFILE: 'busy',
  ENOSPC: 'no-space',
  EDQUOT: 'quota',
  EFBIG: 'too-large',
  ENOSYS: 'not-supported',
  ENOTSUP: 'not-supported',
  EOPNOTSUPP: 'not-supported',
  ENXIO: 'not-regular',
  EIO: 'io',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'connection-refused',
  ENETUNREACH: 'connection-refused',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  ECONNABORTED: 'connection-lost',
};

/**
 * Turns whatever was thrown into a {@link WherryError}: a system error by its errno name, an abort into
 * `aborted`, anything unknown into `io`. The original stays as `cause` and its text is not repeated, because
 * system texts hold paths of the host.
 *
 * @param action what could not be done, as in "open the file"
 */
export function toWherryError(thrown: unknown, action: string, path?: string): WherryError {
  if (thrown instanceof WherryError) return thrown;
  const { code: errno, name } = (thrown ?? {}) as { code?: unknown; name?: unknown };
  const options = path === undefined ? { cause: thrown } : { cause: thrown, path };
  if (name === 'AbortError') return new WherryError('aborted', `Cannot ${action}: it was stopped`, options);
  const code = typeof errno === 'string' ? (codesByErrno[errno] ?? 'io') : 'io';
  return new WherryError(code, `Cannot ${action}: ${describeErrorCode(code)}`, options);
}

const descriptions: Readonly<Record<ErrorCode, string>> = {
  'not-found': 'no such file or directory',
  exists: 'it exists already',
  permission: 'permission denied',
  'read-only': 'this place is read-only',
  'is-directory': 'it is a directory',
  'not-directory': 'it is not a directory',
  'not-empty': 'the directory is not empty',
  'not-regular': 'it is not a regular file',
  'name-invalid': 'the name is not allowed',
  'name-too-long': 'the name is too long',
  'link-loop': 'too many symbolic links',
  'cross-device': 'source and target lie on different file systems',
  busy: 'it is in use, try again later',
  'no-space': 'no space left on the device',
  quota: 'the quota is used up',
  'too-large': 'it is too large',
  'too-many': 'too many of them at once',
  'invalid-argument': 'an argument is not valid',
  'invalid-range': 'the position lies beyond the end of the file',
  'not-supported': 'this is not supported here',
  io: 'an input or output error',
  timeout: 'it took too long',
  aborted: 'it was stopped',
  closed: 'the connection is closed',
  'connection-refused': 'the connection was refused',
  'connection-lost': 'the connection was lost',
  truncated: 'the data ended before it was complete',
  protocol: 'the peer broke the protocol',
  'login-refused': 'the login was refused',
  'not-trusted': 'the certificate or host key is not trusted',
  integrity: 'what arrived is not what was sent',
  unavailable: 'the service is not available now',
};

/** Plain words for a code, fit for a reply to a peer. */
export function describeErrorCode(code: ErrorCode): string {
  return descriptions[code];
}

/** What may be told of an error to somebody at the other end of an interface: nothing of its cause. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly path?: string;
  readonly reply?: number;
  readonly status?: number;
}

/** The facts of an error, those left out that it does not have. */
export function errorFacts({ code, message, path, reply, status, retryable }: WherryError): ErrorFacts {
  return {
    code,
    message,
    retryable,
    ...(path === undefined ? {} : { path }),
    ...(reply === undefined ? {} : { reply }),
    ...(status === undefined ? {} : { status }),
  };
}
