import { describeErrorCode, errorCodes, type ErrorCode } from '#core/errors.ts';

/** What programs at a server say when something fails, in the words of `strerror` and their own. */
const wordings: ReadonlyArray<readonly [RegExp, ErrorCode]> = [
  [/no space|disk (?:is )?full/i, 'no-space'],
  [/quota/i, 'quota'],
  [/not empty/i, 'not-empty'],
  [/already exists|file exists/i, 'exists'],
  [/not a directory/i, 'not-directory'],
  [/is a directory/i, 'is-directory'],
  [/not a regular file/i, 'not-regular'],
  [/read-only/i, 'read-only'],
  [/permission denied|not permitted/i, 'permission'],
  [/no such file|not found/i, 'not-found'],
  [/cross-device/i, 'cross-device'],
  [/too many open files/i, 'busy'],
  [/file too large/i, 'too-large'],
  [/name too long/i, 'name-too-long'],
  [/not supported|unsupported/i, 'not-supported'],
];

/** The neutral code of wherry's own words, which are exact. */
const codesByDescription = errorCodes.map((code) => [describeErrorCode(code), code] as const);

/** The neutral code of words that a server of wherry says; null for those of others. */
export function codeOfOwnWords(text: string): ErrorCode | null {
  return codesByDescription.find(([words]) => text === words || text.endsWith(`: ${words}`))?.[1] ?? null;
}

/** The neutral code that a server's words stand for, or null for words that say nothing known. */
export function codeOfWords(text: string): ErrorCode | null {
  return codeOfOwnWords(text) ?? wordings.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
