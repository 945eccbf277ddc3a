import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Workspace } from '../workspace.ts';
import { account, accountId, anonymousId, MissingPeer } from './peer.ts';

/**
 * A mount namespace in which the system user `bench` (and `ftp`, for anonymous) exists, PAM knows a service, and `/run` is empty:
 * the servers find what a package's installation would have made, and the machine stays as it is.
 */
export type Namespace = {
  /** Prefix of a command that runs inside; the process replaces itself, so pids stay. */
  readonly command: readonly string[];
  /** `crypt(3)` hash of the account's password. */
  readonly passwordHash: string;
};

const pamService = `auth required pam_unix.so nodelay
account required pam_permit.so
session required pam_permit.so
`;

const enter = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/vsftpd/empty /run/pure-ftpd
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
mount --bind "$1/shadow" /etc/shadow
mount --bind "$1/pam.d" /etc/pam.d
shift
exec "$@"`;

export async function createNamespace(workspace: Workspace): Promise<Namespace> {
  if (process.getuid?.() !== 0) throw new MissingPeer('it needs root');
  const directory = join(workspace.scratch, 'namespace');
  await mkdir(join(directory, 'pam.d'), { recursive: true });
  const { stdout } = await run('openssl', ['passwd', '-6', account.password]);
  const passwordHash = stdout.trim();
  const users = [
    [account.user, accountId],
    ['ftp', anonymousId],
  ] as const;
  const add = async (file: string, line: (name: string, id: number) => string): Promise<void> => {
    const lines = (await readFile(`/etc/${file}`, 'utf8'))
      .split('\n')
      .filter((old) => old !== '' && !users.some(([name]) => old.startsWith(`${name}:`)));
    for (const [name, id] of users) lines.push(line(name, id));
    await writeFile(join(directory, file), `${lines.join('\n')}\n`, {
      mode: file === 'shadow' ? 0o600 : 0o644,
    });
  };
  await add('passwd', (name, id) => `${name}:x:${id}:${id}::${workspace.tree}:/bin/sh`);
  await add('group', (name, id) => `${name}:x:${id}:`);
  await add('shadow', (name) => `${name}:${name === account.user ? passwordHash : '*'}:19000:0:99999:7:::`);
  for (const service of ['vsftpd', 'other']) await writeFile(join(directory, 'pam.d', service), pamService);
  return { command: ['unshare', '--mount', 'sh', '-c', enter, 'sh', directory], passwordHash };
}
