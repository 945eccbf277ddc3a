import { type ErrorCode, WherryError } from '#core/errors.ts';
import { ExitCode } from '../exit-codes.ts';

/** What the program ends with when an error of each code is all that happened. */
const exitCodes: Readonly<Record<ErrorCode, number>> = {
  'not-found': ExitCode.notAllowed,
  exists: ExitCode.notAllowed,
  permission: ExitCode.notAllowed,
  'read-only': ExitCode.notAllowed,
  'is-directory': ExitCode.notAllowed,
  'not-directory': ExitCode.notAllowed,
  'not-empty': ExitCode.notAllowed,
  'not-regular': ExitCode.notAllowed,
  'name-invalid': ExitCode.notAllowed,
  'name-too-long': ExitCode.notAllowed,
  'link-loop': ExitCode.notAllowed,
  'cross-device': ExitCode.notAllowed,
  busy: ExitCode.someFailed,
  'no-space': ExitCode.someFailed,
  quota: ExitCode.notAllowed,
  'too-large': ExitCode.notAllowed,
  'too-many': ExitCode.cannotConnect,
  'invalid-argument': ExitCode.usage,
  'invalid-range': ExitCode.someFailed,
  'not-supported': ExitCode.notAllowed,
  io: ExitCode.someFailed,
  timeout: ExitCode.timedOut,
  aborted: ExitCode.interrupted,
  closed: ExitCode.cannotConnect,
  'connection-refused': ExitCode.cannotConnect,
  'connection-lost': ExitCode.cannotConnect,
  truncated: ExitCode.cannotConnect,
  protocol: ExitCode.cannotConnect,
  'login-refused': ExitCode.loginRefused,
  'not-trusted': ExitCode.notTrusted,
  integrity: ExitCode.notIdentical,
  unavailable: ExitCode.cannotConnect,
};

/** The exit code for a failure; whatever is none of ours counts as "some of it failed". */
export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof WherryError ? exitCodes[thrown.code] : ExitCode.someFailed;
}

/**
 * The exit code for several steps of one command: that of the failure when all failed alike, 1 when they failed
 * differently or only some of them did.
 */
export function exitCodeOfAll(failures: readonly unknown[], succeeded: number): number {
  const codes = new Set(failures.map(exitCodeOf));
  if (codes.size === 0) return ExitCode.done;
  // What came over the line damaged must be heard of, however much else went well; so must an interruption.
  for (const loud of [ExitCode.interrupted, ExitCode.notIdentical]) if (codes.has(loud)) return loud;
  const [only] = codes;
  return codes.size === 1 && succeeded === 0 && only !== undefined ? only : ExitCode.someFailed;
}
