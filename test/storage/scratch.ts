import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { local } from '#storage/index.ts';
import type { LocalFileSystem, LocalOptions } from '#storage/index.ts';

/** A local tree in a directory of its own. */
export interface ScratchTree {
  readonly fileSystem: LocalFileSystem;
  /** The host path of the root. */
  readonly root: string;
  /** The host path of a directory beside the root, which the tree must never touch. */
  readonly outside: string;
  dispose(): Promise<void>;
}

/** Makes an empty tree below a directory of the host, the one for temporary files by default. */
export async function makeScratchTree(options?: LocalOptions, below = tmpdir()): Promise<ScratchTree> {
  const base = await mkdtemp(join(below, 'wherry-storage-'));
  const root = join(base, 'root');
  const outside = join(base, 'outside');
  await mkdir(root);
  await mkdir(outside);
  const fileSystem = local(root, options);
  return {
    fileSystem,
    root,
    outside,
    dispose: async () => {
      await fileSystem.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}
