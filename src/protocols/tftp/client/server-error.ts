import { WherryError, type ErrorCode } from '#core/errors.ts';
import { errorNumbers, type ErrorMessage } from '../wire/error-packet.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
}

/** What each error number of a server means here (RFC 1350 appendix, RFC 2347). */
const meanings: Readonly<Record<number, Meaning>> = {
  [errorNumbers.undefined]: { code: 'io', text: 'the server gave up' },
  [errorNumbers.notFound]: { code: 'not-found', text: 'no such file' },
  [errorNumbers.accessViolation]: { code: 'permission', text: 'the server does not allow it' },
  [errorNumbers.diskFull]: { code: 'no-space', text: 'the disk of the server is full' },
  [errorNumbers.illegalOperation]: { code: 'not-supported', text: 'the server does not support it' },
  [errorNumbers.unknownTransfer]: {
    code: 'connection-lost',
    text: 'the server does not know the transfer any more',
  },
  [errorNumbers.fileExists]: { code: 'exists', text: 'the file exists already' },
  [errorNumbers.noSuchUser]: { code: 'login-refused', text: 'the server does not know the user' },
  [errorNumbers.optionsRefused]: { code: 'protocol', text: 'the server refused the options' },
};

const unknown: Meaning = { code: 'io', text: 'the server sent an error that no standard knows' };

/** The error that a server's ERROR packet stands for; its own words follow in brackets. */
export function serverError({ number, text }: ErrorMessage, action: string, path: string): WherryError {
  const { code, text: meaning } = meanings[number] ?? unknown;
  const words = text === '' ? '' : ` ("${text}")`;
  return new WherryError(code, `Cannot ${action}: ${meaning}${words}`, { path });
}

const refusals: ReadonlySet<number> = new Set([
  errorNumbers.optionsRefused,
  errorNumbers.undefined,
  errorNumbers.illegalOperation,
]);

/** Whether the error may have been meant for the options: the same request is then worth sending without them. */
export function mayMeanOptions({ number }: ErrorMessage): boolean {
  return refusals.has(number);
}
