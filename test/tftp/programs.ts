import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { loopback } from './harness.ts';

/** Where a program may be: installed, or unpacked beside others that Debian declares to be in conflict with it. */
const unpacked = process.env['WHERRY_PEERS'] ?? '/opt/wherry-peers';
const directories = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/bin',
  '/bin',
  ...['usr/sbin', 'usr/bin', 'bin'].map((directory) => join(unpacked, directory)),
];

/** The program's path; null when it is not here. */
export function findProgram(name: string): string | null {
  const found = directories.find((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found === undefined ? null : join(found, name);
}

/** For `skip`: false, or the one line that says what is missing. */
export function lacking(name: string, debianPackage: string): string | false {
  return findProgram(name) === null
    ? `needs ${name}, which the Debian package ${debianPackage} brings`
    : false;
}

/** A directory that everybody may read and write, gone after the test. */
export function openDirectory(t: Pick<TestContext, 'after'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-tftp-'));
  chmodSync(directory, 0o777);
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A UDP port of loopback that is free now. */
export function freePort(): number {
  const socket = createSocket('udp4');
  const { port } = socket.bindSync({ address: loopback, port: 0 });
  socket.close();
  return port;
}

/** Runs a program to its end; gives its exit code and what it said. */
export async function run(
  program: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(program, words, { cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 });
  const ended = exitOf(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end(options.input ?? '');
  return { code: await ended, said };
}

/** Starts a server that is ended with the test. */
export function startServer(t: Pick<TestContext, 'after'>, program: string, words: readonly string[]): void {
  const child = spawn(program, words, { stdio: 'ignore' });
  const ended = exitOf(child);
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', () => {
      resolve(null);
    });
    child.once('close', (code) => {
      resolve(code);
    });
  });
}
