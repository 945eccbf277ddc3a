import type { Reply } from '../../wire/reply.ts';

/** Codes that belong to few commands; anywhere else they show that replies and commands have come apart. */
const distinctive: Readonly<Record<number, ReadonlySet<string>>> = {
  211: new Set(['FEAT', 'STAT', 'SYST', 'HELP', 'CSID', 'SITE', 'LIST']),
  213: new Set([
    'SIZE',
    'MDTM',
    'MFMT',
    'MFF',
    'MFCT',
    'STAT',
    'HASH',
    'AVBL',
    'SITE',
    'XCRC',
    'XMD5',
    'XSHA',
    'XSHA1',
    'XSHA256',
    'XSHA512',
    'MD5',
    'LIST',
    'NLST',
    'DSIZ',
  ]),
  215: new Set(['SYST', 'FEAT']),
  221: new Set(['QUIT']),
  225: new Set(['ABOR', 'RETR', 'STOR', 'APPE', 'LIST', 'NLST', 'MLSD']),
  226: new Set(['ABOR', 'RETR', 'STOR', 'APPE', 'STOU', 'LIST', 'NLST', 'MLSD', 'SITE', 'STAT']),
  227: new Set(['PASV', 'CPSV']),
  228: new Set(['LPSV']),
  229: new Set(['EPSV']),
  230: new Set(['USER', 'PASS', 'ACCT']),
  234: new Set(['AUTH']),
  257: new Set(['PWD', 'XPWD', 'MKD', 'XMKD']),
  331: new Set(['USER']),
  332: new Set(['USER', 'PASS', 'RETR', 'STOR', 'APPE']),
  350: new Set(['REST', 'RNFR', 'RANG', 'SITE', 'CPFR']),
};

/** Transfers end with a code of their own; these codes answer something else. */
const neverEndsTransfer: ReadonlySet<number> = new Set([200, 211, 213, 215]);

/** Whether a final reply cannot be the answer to a command. */
export function isForeignReply(verb: string, transfer: boolean, { code }: Reply): boolean {
  if (transfer && neverEndsTransfer.has(code)) return true;
  const verbs = distinctive[code];
  return verbs !== undefined && !verbs.has(verb);
}
