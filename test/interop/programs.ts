import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What to run: the words behind the program, what is typed, and variables of the environment. */
export interface Invocation {
  /** When it is another one than the client's own. */
  readonly program?: string;
  readonly words: readonly string[];
  readonly input?: string;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard output and error in the order in which they came, for messages of failed tests. */
  readonly said: string;
}

/** What the system brings is preferred to what a user has put before it. */
const directories = ['/usr/bin', '/bin', ...(process.env['PATH'] ?? '').split(delimiter)];

/** Where a program is; null when it is not installed. */
export function findProgram(name: string): string | null {
  for (const directory of directories) {
    const file = join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next directory may have it.
    }
  }
  return null;
}

/**
 * For `skip`: false, or the one line that says which package brings what is missing. Where the environment
 * promises that everything is installed (`WHERRY_TESTS_COMPLETE=1`) nothing is skipped, and the tests fail.
 */
export function lacking(programs: readonly string[], debianPackage: string): string | false {
  if (process.env['WHERRY_TESTS_COMPLETE'] === '1') return false;
  const missing = programs.find((name) => findProgram(name) === null);
  return missing === undefined ? false : `needs ${missing}, which the Debian package ${debianPackage} brings`;
}

/** Runs a program to its end in a directory; it is killed after a minute. */
export async function run(
  program: string,
  { words, input = '' }: Invocation,
  options: { readonly cwd: string },
): Promise<Outcome> {
  const child = spawn(program, words, {
    cwd: options.cwd,
    // No start-up files of whoever runs the tests.
    env: { PATH: directories.join(delimiter), HOME: options.cwd, LC_ALL: 'C.UTF-8', TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // A program that ends without reading its input closes the pipe under our feet.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, said });
    });
  });
}
