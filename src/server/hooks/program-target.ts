import { spawn } from 'node:child_process';
import { toWherryError, WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import type { HookTarget } from './hook-options.ts';

/** What a program may say; the rest of it is dropped. */
const longestOutputBytes = 16 * 1024;
/** What a program learns of this one's environment. */
const inherited = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'HOME'] as const;

/** How a program has ended. */
export interface ProgramAnswer {
  /** Null when a signal has ended it. */
  readonly exitCode: number | null;
  /** The beginning of what it wrote to its standard output. */
  readonly output: string;
}

/**
 * Runs a program, without a shell, with a message as JSON on its standard input and its plain fields in the
 * environment (`WHERRY_PATH`, `WHERRY_ACCOUNT` and so on). A program that takes too long is killed, with whatever it
 * has started.
 *
 * @throws WherryError `not-found`, `permission`, or `timeout`
 */
export async function runProgram(
  target: Extract<HookTarget, { kind: 'program' }>,
  message: { readonly body: string; readonly fields: Readonly<Record<string, unknown>> },
  signal: AbortSignal,
): Promise<ProgramAnswer> {
  if (signal.aborted) throw tooLate();
  const child = spawn(target.file, [...(target.arguments ?? [])], {
    shell: false,
    env: environmentOf(message.fields),
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    cwd: '/',
  });
  const end = (): void => {
    try {
      // The group: a program that has started others does not leave them behind.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<ProgramAnswer>((resolve, reject) => {
      let output = '';
      child.on('error', reject);
      child.stdin.on('error', () => undefined);
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        if (output.length < longestOutputBytes) output += chunk.slice(0, longestOutputBytes - output.length);
      });
      child.on('close', (exitCode) => {
        if (signal.aborted) reject(tooLate());
        else resolve({ exitCode, output });
      });
      child.stdin.end(message.body);
    });
  } catch (thrown) {
    throw toWherryError(thrown, 'run the program of the hook');
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function tooLate(): WherryError {
  return new WherryError('timeout', 'The program of the hook took too long');
}

function environmentOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const upper = name.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase();
    environment[`WHERRY_${upper}`] = printableName(String(value));
  }
  return environment;
}
