import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Workspace } from '../workspace.ts';
import { MissingPeer } from './peer.ts';

const libraryDirectories = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'lib/x86_64-linux-gnu',
  'usr/lib',
];

/** Where the bench unpacks packages: beside each other, although Debian declares the servers to be in conflict. */
export function packageRoot(workspace: Workspace): string {
  return join(workspace.cache, 'root');
}

export function libraryPath(workspace: Workspace): string {
  return libraryDirectories.map((directory) => join(packageRoot(workspace), directory)).join(':');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Downloads and unpacks Debian packages into the cache, without installing them.
 *
 * @throws MissingPeer where there is no apt, no network or no such package.
 */
export async function fetchPackages(workspace: Workspace, names: readonly string[]): Promise<void> {
  const downloads = join(workspace.cache, 'packages');
  await mkdir(downloads, { recursive: true });
  for (const name of names) {
    const marker = join(downloads, `${name}.unpacked`);
    if (await exists(marker)) continue;
    try {
      await run('apt-get', ['-o', 'APT::Sandbox::User=root', '-qq', 'download', name], { cwd: downloads });
      const file = (await readdir(downloads)).find(
        (entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'),
      );
      if (file === undefined) throw new Error('no package file arrived');
      await run('dpkg-deb', ['-x', join(downloads, file), packageRoot(workspace)]);
      await rm(join(downloads, file));
      await mkdir(marker);
    } catch (error) {
      throw new MissingPeer(`package ${name} cannot be fetched (${String(error).split('\n')[0] ?? ''})`);
    }
  }
}

/** Fails when a program still lacks a shared library with the fetched ones in reach. */
export async function checkLibraries(workspace: Workspace, program: string): Promise<void> {
  const { stdout } = await run('ldd', [program], {
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath(workspace) },
  });
  const lacking = [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]);
  if (lacking.length > 0) throw new MissingPeer(`shared libraries are missing: ${lacking.join(', ')}`);
}

/** The program of a package: the installed one where there is one, else the fetched one. */
export async function findProgram(
  workspace: Workspace,
  path: string,
  packages: readonly string[],
): Promise<string> {
  if (await exists(path)) return path;
  await fetchPackages(workspace, packages);
  const program = join(packageRoot(workspace), path);
  if (!(await exists(program))) throw new MissingPeer(`${path} is not in ${packages.join(', ')}`);
  await checkLibraries(workspace, program);
  return program;
}
