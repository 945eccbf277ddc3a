import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Workspace } from '../workspace.ts';
import type { SshServer } from '../peers/ssh-peer.ts';

/** What a client is to move: one file, or all files of a directory into another that exists. */
export type Job = {
  readonly kind: 'get' | 'put' | 'get-tree' | 'put-tree';
  readonly server: SshServer;
  readonly local: string;
  readonly remote: string;
  /** The cipher that the client asks for; its own first choice when absent. */
  readonly cipher?: string | undefined;
  /** Prefix of the command, for a client in another place. */
  readonly inside: readonly string[];
};

/** A program that moves files by SFTP. Its whole run is measured, with its start, connecting and login. */
export type SftpClient = {
  readonly name: string;
  readonly packages: readonly string[];
  /** @throws when the program does not end well */
  run(job: Job, workspace: Workspace): Promise<void>;
};

/** Longest time that a client may take: the slowest of them needs minutes for a thousand files over distance. */
const longestMs = 400_000;

/** Runs a client's command to its end; its words become the error when it fails. `onStart` is told its pid. */
export async function runClient(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onStart: (pid: number) => void = () => undefined,
): Promise<string> {
  const [program = '', ...words] = command;
  const running = run(program, words, {
    env: { ...process.env, ...environment },
    timeout: longestMs,
    killSignal: 'SIGKILL',
    maxBuffer: 256 * 2 ** 20,
  });
  onStart(running.child.pid ?? 0);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stderr = '', code = null } = error as { stderr?: string; code?: unknown };
    throw new Error(`ended with ${String(code)}: ${stderr.trim().split('\n').at(-1) ?? ''}`, {
      cause: error,
    });
  }
}

/** Options with which OpenSSH's programs ask nothing and remember nothing. */
export function sshOptions(server: SshServer): readonly string[] {
  const options = {
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    GlobalKnownHostsFile: '/dev/null',
    BatchMode: 'no',
    LogLevel: 'ERROR',
    ...(server.keyFile === null
      ? { PreferredAuthentications: 'password' }
      : { PreferredAuthentications: 'publickey', IdentitiesOnly: 'yes', IdentityFile: server.keyFile }),
  };
  return ['-F', 'none', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** What makes OpenSSH take the password from a program. */
export async function askPassEnvironment(
  server: SshServer,
  workspace: Workspace,
): Promise<Readonly<Record<string, string>>> {
  const script = join(workspace.scratch, 'ask-password');
  await writeFile(script, `#!/bin/sh\necho '${server.account.password}'\n`);
  await chmod(script, 0o700);
  return { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: 'force' };
}
