import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { toWherryError } from '#core/errors.ts';
import { parseKnownHosts, type KnownHost } from '#protocols/ssh/keys/known-hosts.ts';

/** Where hosts are known by OpenSSH: the user's own file, then the system's. */
export function defaultKnownHostsFiles(): readonly string[] {
  return [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'];
}

/** The hosts of all files that are there. @throws WherryError when one that is there cannot be read */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const hosts: KnownHost[] = [];
  for (const file of files) {
    try {
      hosts.push(...parseKnownHosts(await readFile(file, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw toWherryError(error, `read the known hosts of ${file}`);
    }
  }
  return hosts;
}

/** Makes a host known by a line of `known_hosts`. */
export async function addKnownHost(file: string, line: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await appendFile(file, (await endsMidLine(file)) ? `\n${line}\n` : `${line}\n`, { mode: 0o600 });
  } catch (error) {
    throw toWherryError(error, `write the known hosts of ${file}`);
  }
}

async function endsMidLine(file: string): Promise<boolean> {
  try {
    const text = await readFile(file, 'latin1');
    return text !== '' && !text.endsWith('\n');
  } catch {
    return false;
  }
}
