import { WherryError, type ErrorCode } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { Reply } from '../wire/reply.ts';

/** What a refusal means by its code alone. */
const byCode: Readonly<Record<number, ErrorCode>> = {
  421: 'unavailable',
  425: 'connection-refused',
  426: 'connection-lost',
  430: 'login-refused',
  431: 'unavailable',
  434: 'unavailable',
  450: 'busy',
  451: 'io',
  452: 'no-space',
  500: 'not-supported',
  501: 'invalid-argument',
  502: 'not-supported',
  503: 'protocol',
  504: 'not-supported',
  521: 'not-trusted',
  522: 'not-trusted',
  530: 'login-refused',
  532: 'login-refused',
  533: 'not-trusted',
  534: 'not-trusted',
  535: 'not-trusted',
  536: 'not-supported',
  550: 'permission',
  551: 'not-supported',
  552: 'quota',
  553: 'name-invalid',
  554: 'invalid-range',
  555: 'not-supported',
  556: 'not-supported',
};

/** Words of real servers that say more than a code which stands for many things; the first row that fits counts. */
const byWords: readonly (readonly [codes: ReadonlySet<number>, words: RegExp, code: ErrorCode])[] = [
  [
    new Set([421, 430, 530]),
    /too many|max(?:imum)?\b.*(?:user|client|connection|login|session)|limit.*(?:reached|exceeded)|(?:user|connection|session|login)s? limit/i,
    'too-many',
  ],
  [new Set([550, 553, 450]), /not empty|non-?empty/i, 'not-empty'],
  [
    new Set([550, 553, 450, 501]),
    /no such|not found|(?:does|do)(?:n['’]?t| not) exist|cannot find|non-?exist|unable to find|missing/i,
    'not-found',
  ],
  [new Set([550, 553, 521]), /exists?\b|already/i, 'exists'],
  [new Set([550, 553, 501, 450]), /not a directory|is a file\b/i, 'not-directory'],
  [
    new Set([550, 553, 501, 450]),
    /is a directory|(?:is )?not a (?:plain|regular|file)|can only retrieve regular/i,
    'is-directory',
  ],
  [new Set([550, 552, 553, 451, 426]), /quota|allocation/i, 'quota'],
  [new Set([550, 552, 553, 451, 426, 452]), /no space|disk full|insufficient (?:disk )?space/i, 'no-space'],
  [new Set([550, 553]), /read-?only/i, 'read-only'],
  [new Set([550, 553]), /name too long|too long/i, 'name-too-long'],
  [new Set([550]), /busy|in use|lock/i, 'busy'],
];

/** Verbs whose 550 without further words most likely means that there is nothing of that name. */
const readers: ReadonlySet<string> = new Set([
  'RETR',
  'SIZE',
  'MDTM',
  'CWD',
  'RNFR',
  'DELE',
  'RMD',
  'MLST',
  'MLSD',
  'LIST',
]);

/** Whether a refusal may have another reason the next time; the first digit alone is not told the truth by all. */
const neverRetry: ReadonlySet<ErrorCode> = new Set(['exists', 'not-found', 'not-empty', 'no-space', 'quota']);

export interface RefusedCommand {
  readonly verb: string;
  /** As in "read the file". */
  readonly action: string;
  readonly path?: string | undefined;
}

/** What a refusal (4yz or 5yz) is in neutral words; the server's own text stands in the message. */
export function replyError(reply: Reply, { verb, action, path }: RefusedCommand): WherryError {
  const text = reply.lines.join(' ').trim();
  const code = errorCodeOf(reply.code, text, verb);
  const said = printableName(text.length > 300 ? `${text.slice(0, 300)}…` : text);
  return new WherryError(
    code,
    `Cannot ${action}: the server says ${reply.code}${said === '' ? '' : ` ${said}`}`,
    {
      reply: reply.code,
      retryable: code === 'too-many' || (reply.code < 500 && !neverRetry.has(code)),
      ...(path === undefined ? {} : { path }),
    },
  );
}

function errorCodeOf(code: number, text: string, verb: string): ErrorCode {
  const worded = byWords.find(([codes, words]) => codes.has(code) && words.test(text));
  if (worded !== undefined) return worded[2];
  if (code === 550 && readers.has(verb) && !/denied|permi|access|allow|authori|privilege/i.test(text))
    return 'not-found';
  return byCode[code] ?? (code < 500 ? 'unavailable' : 'not-supported');
}

/** Whether a server does not know a command, or not in this way. */
export function isUnknownCommand({ code }: Reply): boolean {
  return code === 500 || code === 502 || code === 504 || code === 202;
}
