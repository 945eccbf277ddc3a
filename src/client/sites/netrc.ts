import { homedir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '#core/secret.ts';
import { readIfThere } from '../private-file.ts';

/** Who logs in at a machine. */
export interface NetrcLogin {
  /** Null is the default for all machines. */
  readonly machine: string | null;
  readonly user: string | null;
  readonly password: Secret | null;
  readonly account: Secret | null;
}

const maximumBytes = 1024 * 1024;

/**
 * Looks a machine up in `~/.netrc` (or `NETRC`): its own entry for that user, else the default.
 *
 * @returns null where the file has nothing for it
 */
export async function findNetrcLogin(
  host: string,
  user: string | null = null,
  file = process.env['NETRC'] ?? join(homedir(), '.netrc'),
): Promise<NetrcLogin | null> {
  const content = await readIfThere(file, maximumBytes);
  if (content === null) return null;
  const logins = parseNetrc(content.toString('utf8'));
  const fits = (login: NetrcLogin): boolean => user === null || login.user === null || login.user === user;
  const own = logins.find((login) => login.machine?.toLowerCase() === host.toLowerCase() && fits(login));
  return own ?? logins.find((login) => login.machine === null && fits(login)) ?? null;
}

/** Reads the words of a netrc file (ftp(1), THE .netrc FILE); macros are passed over, quotes are those of curl. */
export function parseNetrc(text: string): readonly NetrcLogin[] {
  const words = wordsOf(text);
  const logins: {
    machine: string | null;
    user: string | null;
    password: Secret | null;
    account: Secret | null;
  }[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    const current = logins.at(-1);
    if (word === 'machine' || word === 'default') {
      const machine = word === 'machine' ? (words[(index += 1)] ?? '') : null;
      logins.push({ machine, user: null, password: null, account: null });
    } else if (word === 'login' && current !== undefined) current.user = words[(index += 1)] ?? null;
    else if (word === 'password' && current !== undefined) current.password = secretOf(words[(index += 1)]);
    else if (word === 'account' && current !== undefined) current.account = secretOf(words[(index += 1)]);
  }
  return logins;
}

function secretOf(word: string | undefined): Secret | null {
  return word === undefined ? null : new Secret(word);
}

function wordsOf(text: string): readonly string[] {
  // A macro ends with an empty line; what it holds are commands of ftp.
  const withoutMacros = text.replaceAll(/^[ \t]*macdef\b[^\n]*\n(?:[^\n]+\n)*/gm, '\n');
  const withoutComments = withoutMacros.replaceAll(/^[ \t]*#.*$/gm, '');
  return [...withoutComments.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '',
  );
}
