import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { formatPrivateKey } from '#protocols/ssh/keys/openssh-private-key.ts';
import { generatePrivateKey, type GeneratedKeyType } from '#protocols/ssh/keys/private-key.ts';

/** What a program said and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Where a program is; null when it is not installed. */
export function findProgram(name: string): string | null {
  for (const directory of [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin']) {
    const file = path.join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next directory may have it.
    }
  }
  return null;
}

/** False where every program is there, else the line that says which package brings the missing one. */
export function missing(programs: Readonly<Record<string, string>>): string | false {
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (findProgram(program) === null) {
      return `needs ${program}, which the Debian package ${debianPackage} brings`;
    }
  }
  return false;
}

/** Runs a program to its end; it is killed after 30 seconds. */
export function run(
  program: string,
  args: readonly string[],
  input: Uint8Array | string = '',
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, LC_ALL: 'C.UTF-8', SSH_AUTH_SOCK: '', PYTHONWARNINGS: 'ignore' },
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    // A program that ends without reading its input closes the pipe under our feet.
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, stdout: Buffer.concat(output), stderr: Buffer.concat(errors).toString() });
    });
    child.stdin.end(input);
  });
}

/** A directory that is gone after the test. */
export function scratch(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'wherry-ssh-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A fresh private key in a file that OpenSSH accepts. */
export async function keyFile(directory: string, type: GeneratedKeyType = 'ed25519'): Promise<string> {
  const file = path.join(directory, `id-${type}`);
  writeFileSync(file, formatPrivateKey(await generatePrivateKey(type)), { mode: 0o600 });
  return file;
}

/** Options with which OpenSSH's programs ask nothing and remember nothing. */
export function quietOptions(identity: string): readonly string[] {
  const options = {
    IdentityFile: identity,
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    GlobalKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    ControlMaster: 'no',
  };
  return ['-F', 'none', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** Two pipes of a program as one stream. The declarations of Node know no such pair. */
export function joinPipes(readable: Readable, writable: Writable): Duplex {
  return Duplex.from({ readable, writable } as unknown as Iterable<Buffer>);
}
