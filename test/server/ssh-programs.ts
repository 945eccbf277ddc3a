import { chmodSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { WherryProcess } from '#test/cli/wherry-process.ts';

/** Runs OpenSSH's programs as a person who types a password would, in a directory of their own. */
export class SshPrograms {
  readonly #server: WherryProcess;
  readonly #directory: string;
  readonly #askPass: string;

  constructor(server: WherryProcess, directory: string) {
    this.#server = server;
    this.#directory = directory;
    this.#askPass = join(directory, 'ask-password');
    writeFileSync(this.#askPass, '#!/bin/sh\nprintf "%s\\n" "$TEST_PASSWORD"\n');
    chmodSync(this.#askPass, 0o700);
  }

  /** Runs commands of sftp one after the other; the first that fails ends it with status 1. */
  sftp(login: Login, commands: readonly string[]): Promise<Outcome> {
    // Batch mode as such would also forbid the password.
    const words = [...quiet, '-o', 'BatchMode=no', '-b', '-', '-P', this.#port, `${login.user}@127.0.0.1`];
    return this.#run('sftp', words, { login, input: `${commands.join('\n')}\n` });
  }

  /** Copies with the SCP protocol itself, not over SFTP. Remote paths begin with `:`. */
  scp(login: Login, ...paths: readonly string[]): Promise<Outcome> {
    const words = paths.map((path) => (path.startsWith(':') ? `${login.user}@127.0.0.1${path}` : path));
    return this.#run('scp', ['-O', '-r', ...quiet, '-P', this.#port, ...words], { login });
  }

  ssh(login: Login, ...words: readonly string[]): Promise<Outcome> {
    return this.#run('ssh', [...quiet, '-p', this.#port, `${login.user}@127.0.0.1`, ...words], { login });
  }

  /**
   * Opens a SOCKS proxy through the server (`ssh -D`), as soon as it takes connections.
   *
   * @returns ends it
   */
  async proxy(login: Login, port: number): Promise<() => Promise<void>> {
    const words = [...quiet, '-o', 'ExitOnForwardFailure=yes', '-v', '-N', '-D', `127.0.0.1:${port}`];
    const child = spawn('ssh', [...words, '-p', this.#port, `${login.user}@127.0.0.1`], {
      cwd: this.#directory,
      env: this.#environment(login),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => {
        resolve();
      });
    });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      void ended.then(() => {
        reject(new Error(`ssh ended: ${said}`));
      });
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Entering interactive session')) resolve();
      });
    });
    return () => {
      child.kill();
      return ended;
    };
  }

  run(program: string, ...words: readonly string[]): Promise<Outcome> {
    return this.#run(program, words, {});
  }

  get #port(): string {
    return String(this.#server.port('sftp'));
  }

  #environment(login: Login | undefined): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: this.#directory,
      LC_ALL: 'C.UTF-8',
      SSH_ASKPASS: this.#askPass,
      SSH_ASKPASS_REQUIRE: 'force',
      TEST_PASSWORD: login?.password ?? '',
    };
  }

  #run(
    program: string,
    words: readonly string[],
    { login, input = '' }: { readonly login?: Login; readonly input?: string },
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(program, words, {
        cwd: this.#directory,
        env: this.#environment(login),
        timeout: 30_000,
        killSignal: 'SIGKILL',
      });
      let said = '';
      const stdout: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      // A program that ends without reading its input closes the pipe under our feet.
      child.stdin.on('error', () => undefined);
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code, stdout: Buffer.concat(stdout), said });
      });
      child.stdin.end(input);
    });
  }
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  /** Standard error. */
  readonly said: string;
}

const quiet: readonly string[] = [
  '-F',
  'none',
  ...Object.entries({
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    GlobalKnownHostsFile: '/dev/null',
    NumberOfPasswordPrompts: '1',
    ControlMaster: 'no',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
];
