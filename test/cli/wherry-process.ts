import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** The program as users start it. */
export const program = join(import.meta.dirname, '..', '..', 'bin', 'wherry');

/** A line of `--json`. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server started through `bin/wherry serve`. */
export interface WherryProcess {
  readonly child: ChildProcess;
  /** What is served. */
  readonly directory: string;
  readonly dataDirectory: string;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** Standard error so far. */
  errors(): string;
  port(protocol?: 'ftp' | 'ftps' | 'sftp' | 'tftp' | 'http'): number;
  /**
   * Settles with the first event, past or future, that is accepted. Fails when the program ends before.
   *
   * @param from how many lines at the beginning to leave out
   */
  event(accepts: (event: LogEvent) => boolean, from?: number): Promise<LogEvent>;
  readonly ended: Promise<Ending>;
  /** Sends a signal (SIGTERM) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ending>;
}

export interface StartOptions {
  readonly directory?: string;
  readonly dataDirectory?: string;
  /** Words beside the directory, the data directory, `--json`, and free ports. */
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Where a start is not told of HTTP, it is not to meet another test's. */
export const freeHttp = { WHERRY_HTTP: '0' } as const;

/** For tests that need no SSH: making host keys takes seconds of processor time. */
export const noSsh: readonly string[] = ['--sftp', 'off'];

/** A directory that is gone after the test. */
export function scratch(t: Pick<TestContext, 'after'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-test-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

const endings = new WeakMap<ChildProcess, Promise<Ending>>();

function endingOf(child: ChildProcess): Promise<Ending> {
  const known = endings.get(child);
  if (known !== undefined) return known;
  const ending = once(child, 'close').then(([code, signal]: unknown[]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  endings.set(child, ending);
  return ending;
}

/** Starts a server with free ports and waits until it listens; it is ended with the test. */
export async function startWherry(
  t: Pick<TestContext, 'after'>,
  options: StartOptions = {},
): Promise<WherryProcess> {
  const { directory = scratch(t), dataDirectory = scratch(t), words = [] } = options;
  const free = ['--ftp', '0', '--ftps', '0', '--sftp', '0', '--http', '0', '--passive-ports', '0'];
  const child = spawn(
    program,
    ['serve', directory, '--json', '--data-dir', dataDirectory, ...free, ...words],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.environment },
    },
  );
  const ended = endingOf(child);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    for (const look of watchers) look();
  });
  const event = (accepts: (event: LogEvent) => boolean, from = 0): Promise<LogEvent> =>
    new Promise((resolve, reject) => {
      let read = from;
      const look = (): void => {
        for (; read < lines.length; read += 1) {
          const candidate = JSON.parse(lines[read] ?? '') as LogEvent;
          if (!accepts(candidate)) continue;
          watchers.delete(look);
          resolve(candidate);
          return;
        }
      };
      watchers.add(look);
      look();
      void ended.then(({ code }) => {
        reject(new Error(`wherry ended with ${code} before it told the event: ${errors}`));
      });
    });
  const ready = await event((candidate) => candidate.event === 'ready');
  const listeners = ready['listeners'] as readonly { readonly protocol: string; readonly port: number }[];
  return {
    child,
    directory,
    dataDirectory,
    lines,
    errors: () => errors,
    event,
    ended,
    port(protocol = 'ftp') {
      const listener = listeners.find((candidate) => candidate.protocol === protocol);
      if (listener === undefined) throw new Error(`The server does not listen for ${protocol}`);
      return listener.port;
    },
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** What a run of the program said and how it ended. */
export interface Outcome extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end; it is killed after half a minute. */
export async function runWherry(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...freeHttp, ...environment },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ending = await endingOf(child);
  return { ...ending, stdout, stderr };
}
