import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '../workspace.ts';

/** The seconds that something takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** An empty directory beside the tree for what clients bring down. */
export async function freshDirectory(workspace: Workspace): Promise<string> {
  const directory = join(workspace.scratch, 'received');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  return directory;
}

/** @throws Error when a directory holds anything but so many files of so many octets each */
export async function requireSizes(directory: string, count: number, octets: number): Promise<void> {
  const names = await readdir(directory);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  if (sizes.length !== count || sizes.some((size) => size !== octets)) {
    const some = names.slice(0, 3).map((name, place) => `${name} ${sizes[place]}`);
    throw new Error(
      `${count} files of ${octets} bytes were moved, but ${sizes.length} are there: ${some.join(', ')}`,
    );
  }
}
