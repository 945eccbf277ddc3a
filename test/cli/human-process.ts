import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { freeHttp } from './wherry-process.ts';

/** A program that speaks to a person. */
export interface HumanProcess {
  /** Settles with the first match in standard output, past or future. Fails when the program ends before. */
  say(pattern: RegExp): Promise<RegExpExecArray>;
  /** Everything it has said. */
  said(): string;
  /** Sends a signal and gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<unknown>;
}

/** Runs a line of the shell; it is ended with the test. */
export function startInShell(
  t: Pick<TestContext, 'after'>,
  line: string,
  options: { readonly cwd: string; readonly environment?: Readonly<Record<string, string>> },
): HumanProcess {
  // With `exec` in front of what comes last the signals reach the program and no shell.
  const child = spawn('/bin/sh', ['-c', line], {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...freeHttp, ...options.environment },
  });
  const ended = once(child, 'close').then(([code]: unknown[]) => code);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  let output = '';
  const watchers = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const look of watchers) look();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return {
    said: () => output,
    say: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        look();
        void ended.then((code) => {
          reject(new Error(`The program ended with ${String(code)}: ${output}`));
        });
      }),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
