import { describeErrorCode, WherryError, type ErrorCode } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { codeOfOwnWords, codeOfWords } from '#protocols/ssh/client/server-words.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';

/** Status codes by number. Those above 8 belong to later versions, but some servers send them all the same. */
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  2: 'not-found',
  3: 'permission',
  4: 'io',
  5: 'invalid-argument',
  6: 'connection-lost',
  7: 'connection-lost',
  8: 'not-supported',
  9: 'closed',
  10: 'not-found',
  11: 'exists',
  12: 'read-only',
  14: 'no-space',
  15: 'quota',
  17: 'busy',
  18: 'not-empty',
  19: 'not-directory',
  20: 'name-invalid',
  21: 'link-loop',
};

const failure = 4;
/** Words of a server that are repeated. */
const longestText = 200;

/** What a STATUS says. */
export interface Status {
  readonly code: number;
  /** The server's words, fit to be shown; empty where it has none. */
  readonly text: string;
}

/** Reads the fields of a STATUS. Old servers leave out the words. */
export function readStatus(reader: SftpReader): Status {
  const code = reader.uint32();
  const text = reader.remaining >= 4 ? printableName(reader.text().slice(0, longestText)) : '';
  return { code, text };
}

/** The neutral word for a status other than OK. FAILURE says nothing by itself; its words may. */
export function codeOfStatus({ code, text }: Status): ErrorCode {
  if (code === failure) return codeOfWords(text) ?? 'io';
  // Version 3 has few codes; a server of wherry says with its words which of its own it meant.
  return codeOfOwnWords(text) ?? codesByStatus[code] ?? 'io';
}

/** What was to be done when something failed. */
export interface Attempted {
  /** As in "open the file". */
  readonly action: string;
  readonly path?: string | undefined;
}

/** A status as an error. `code` takes the place of what the status alone says, when more is known. */
export function errorOfStatus(
  status: Status,
  attempted: Attempted,
  code = codeOfStatus(status),
): WherryError {
  const { action, path } = attempted;
  const words =
    code === 'io' && status.text !== '' ? `the server says "${status.text}"` : describeErrorCode(code);
  return new WherryError(code, `Cannot ${action}: ${words}`, {
    status: status.code,
    ...(path === undefined ? {} : { path }),
  });
}
