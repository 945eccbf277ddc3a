import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { program, scratch } from '#test/cli/wherry-process.ts';

/** What a run of the program came to. */
export interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** Standard output as lines of JSON. */
  json(): readonly Readonly<Record<string, unknown>>[];
}

/** How the program is run. */
export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs `wherry` in a home of its own, so that nothing of the user's is read or written. */
export type RunWherry = (words: readonly string[], options?: RunOptions) => Promise<Run>;

/** Longer than any command of these tests takes. */
const killAfterMs = 30_000;

/** Makes a {@link RunWherry} whose home is gone after the test. */
export function wherryOf(t: Pick<TestContext, 'after'>): RunWherry {
  const home = scratch(t);
  return async (words, { input = '', directory = home, environment = {} } = {}) => {
    const child = spawn(program, [...words], {
      cwd: directory,
      timeout: killAfterMs,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        XDG_CONFIG_HOME: home,
        XDG_STATE_HOME: home,
        ...environment,
      },
    });
    // A program that reads nothing may be gone before its input has been written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return {
      code,
      output,
      errors,
      json: () =>
        output
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    };
  };
}
