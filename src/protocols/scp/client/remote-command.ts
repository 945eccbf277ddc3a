import { WherryError } from '#core/errors.ts';
import { encodeName } from '#core/name-encoding.ts';

/**
 * A word for the shell that runs the command at the server: between single quotes nothing means anything but the quote
 * itself (POSIX Shell Command Language 2.2.2).
 */
export function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The command line that starts scp at the server, names that are no UTF-8 octet for octet.
 *
 * @param path absolute, so that it is never taken for an option
 * @throws WherryError `name-invalid` for what no command line can hold
 */
export function scpCommandLine(flags: string, path: string): Buffer {
  if (path.includes('\0')) throw new WherryError('name-invalid', 'The path holds a NUL character', { path });
  return encodeName(`scp ${flags} ${quoteForShell(path)}`);
}
