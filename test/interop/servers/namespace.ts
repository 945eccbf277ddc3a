import { readFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { account, passwordHash, type PeerPlace } from './peer.ts';

const pamService = `auth required pam_unix.so nodelay
account required pam_permit.so
session required pam_permit.so
`;

/** The directories that a package's installation would have made; and nothing of the machine is changed. */
const enter = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/vsftpd/empty /run/pure-ftpd
for name in passwd group shadow pam.d; do mount --bind "$1/$name" "/etc/$name"; done
shift
exec "$@"`;

/**
 * The beginning of a command that runs in a mount namespace in which the account is a user of the system with a
 * password. It needs root.
 */
export async function withAccount(place: PeerPlace): Promise<readonly string[]> {
  const directory = join(place.directory, 'namespace');
  await mkdir(join(directory, 'pam.d'), { recursive: true });
  const { user, id } = account;
  const lines: Readonly<Record<string, string>> = {
    passwd: `${user}:x:${id}:${id}::${place.root}:/bin/sh`,
    group: `${user}:x:${id}:`,
    shadow: `${user}:${passwordHash()}:19000:0:99999:7:::`,
  };
  for (const [file, line] of Object.entries(lines)) {
    await place.write(join('namespace', file), `${await readFile(`/etc/${file}`, 'utf8')}${line}\n`);
  }
  for (const service of ['vsftpd', 'other']) await place.write(join('namespace/pam.d', service), pamService);
  return [
    'unshare',
    '--mount',
    'sh',
    '-c',
    'chmod 644 "$1/passwd" "$1/group"; '.concat(enter),
    'sh',
    directory,
  ];
}
