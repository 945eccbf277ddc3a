import { WherryError } from '#core/errors.ts';
import type { OperationOptions } from '#core/file-system.ts';
import type { Reply } from '../../wire/reply.ts';

/** Why a command is not for people: what the connection's own work stands on would be another after it. */
const reasons = {
  login: 'it is part of logging in, which connecting does',
  data: 'it belongs to a transfer or a listing, which have their own way',
  state: 'what this program does over the connection would go wrong after it',
} as const;

const refused: ReadonlyMap<string, keyof typeof reasons> = new Map([
  ...(['USER', 'PASS', 'ACCT', 'REIN', 'QUIT', 'AUTH', 'PBSZ', 'PROT', 'CCC', 'HOST'] as const).map(
    (verb) => [verb, 'login'] as const,
  ),
  ...(['PORT', 'PASV', 'EPRT', 'EPSV', 'LPRT', 'LPSV', 'CPSV', 'SSCN', 'ABOR', 'REST', 'RANG'] as const).map(
    (verb) => [verb, 'data'] as const,
  ),
  ...(['RETR', 'STOR', 'STOU', 'APPE', 'LIST', 'NLST', 'MLSD', 'ALLO'] as const).map(
    (verb) => [verb, 'data'] as const,
  ),
  ...(['CWD', 'XCWD', 'CDUP', 'XCUP', 'TYPE', 'MODE', 'STRU', 'OPTS', 'RNFR', 'RNTO'] as const).map(
    (verb) => [verb, 'state'] as const,
  ),
]);

/** A connection that lends its control connection to one caller at a time. */
interface Lender {
  exclusive<T>(
    run: (control: { command(verb: string, argument?: string | null): Promise<Reply> }) => Promise<T>,
    options: OperationOptions,
  ): Promise<T>;
}

/** Longest command that servers take everywhere, without its line end. */
const maximumLength = 2048;

/**
 * Sends a command that somebody has typed (`SITE …`, `STAT`, `HELP`).
 *
 * @returns the final reply as it came, each line with its code, also when it refuses
 * @throws WherryError `invalid-argument` for what is no command, or one that logins and transfers are made of
 */
export async function rawCommand(
  connection: Lender,
  text: string,
  options: OperationOptions,
): Promise<string> {
  const [, verb = '', argument = null] = /^([a-z]{3,10})(?: (.*))?$/isu.exec(text.trim()) ?? [];
  const wanted = verb.toUpperCase();
  // oxlint-disable-next-line no-control-regex -- a line end would make two commands of one
  if (wanted === '' || text.length > maximumLength || /[\0\r\n]/u.test(text))
    throw new WherryError('invalid-argument', 'Cannot send it: a command is a word and what it is about');
  const reason = refused.get(wanted);
  if (reason !== undefined)
    throw new WherryError('invalid-argument', `Cannot send ${wanted} by hand: ${reasons[reason]}`);
  return connection.exclusive(async (control) => textOf(await control.command(wanted, argument)), options);
}

function textOf({ code, lines }: Reply): string {
  const last = lines.length - 1;
  return lines.map((line, index) => `${code}${index === last ? ' ' : '-'}${line}`).join('\n');
}
