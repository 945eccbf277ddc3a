import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import type { Accounts } from '#core/authentication.ts';
import { WherryError } from '#core/errors.ts';
import { maximumAnswerBytes } from './answer.ts';
import { ExternalAccounts, type ExternalOptions } from './external-accounts.ts';

export interface ProgramAccountsOptions extends ExternalOptions {
  /** The program's file, absolute. */
  readonly program: string;
  /** Its arguments, the same at every login (default none): nothing of a peer is ever one. */
  readonly arguments?: readonly string[] | undefined;
  /** Its whole environment (default a PATH of the system's own directories). */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** What a program finds its own programs with; nothing of the server's environment, which may hold secrets. */
const plainEnvironment = Object.freeze({ PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' });

/**
 * Accounts that a program answers for. It is started without a shell for each login, reads the question as one line of
 * JSON from its standard input, writes the answer (see `readAnswer`) to its standard output and ends with 0. One that
 * ends otherwise, writes more than 256 KiB or takes too long is killed, and the login fails as `unavailable`.
 *
 * @throws WherryError `invalid-argument` for a program that is not named absolutely
 */
export function programAccounts(options: ProgramAccountsOptions): Accounts {
  const { program, arguments: words = [], environment = plainEnvironment } = options;
  if (!isAbsolute(program) || program.includes('\0')) {
    throw new WherryError('invalid-argument', 'Cannot ask a program for logins: its path must be absolute');
  }
  return new ExternalAccounts(options, async (question, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const child = spawn(program, words, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...environment },
      cwd: '/',
      shell: false,
      signal,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maximumAnswerBytes) chunks.push(chunk);
      else child.kill('SIGKILL');
    });
    // A program that does not read its input has decided without it; its answer counts.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(question)}\n`);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 && length <= maximumAnswerBytes) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new WherryError('unavailable', 'Cannot check the login: the program failed'));
    });
    return promise;
  });
}
