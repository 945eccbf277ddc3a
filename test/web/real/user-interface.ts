import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { program, scratch } from '#test/cli/wherry-process.ts';

/** `wherry ui` as a user starts it, in a home of its own. */
export interface UserInterface {
  /** With the one-time token; another one after each start. */
  readonly address: string;
  readonly origin: string;
  /** The user's own directory, which the left pane shows. */
  readonly home: string;
  /** Ends it without asking, as a machine that fails would. */
  kill(): Promise<void>;
  /** Starts it again, with what it had kept. */
  start(): Promise<void>;
}

/** Starts `wherry ui`, by default in an empty directory of its own; it is ended with the test. */
export async function startUserInterface(
  t: Pick<TestContext, 'after'>,
  home = join(scratch(t), 'anna'),
): Promise<UserInterface> {
  const state = scratch(t);
  mkdirSync(home, { recursive: true });
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(state, 'config'),
    XDG_STATE_HOME: join(state, 'state'),
  };
  let child: ChildProcess | null = null;
  let address = '';
  const kill = async (): Promise<void> => {
    if (child === null) return;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    child = null;
  };
  const start = async (): Promise<void> => {
    child = spawn(program, ['ui', '--no-open'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    address = await addressFrom(child);
  };
  t.after(kill);
  await start();
  return {
    home,
    kill,
    start,
    get address() {
      return address;
    },
    get origin() {
      return new URL(address).origin;
    },
  };
}

/** The address that the program prints; what it prints afterwards is read and let go. */
async function addressFrom(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('Its output is not read');
  const lines = createInterface({ input: child.stdout });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.on('line', (line) => {
    const found = /http:\S+/u.exec(line)?.[0];
    if (found !== undefined) resolve(found);
  });
  lines.on('close', () => reject(new Error('wherry ui ended before it told its address')));
  return promise;
}
