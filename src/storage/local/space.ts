import { access, constants, statfs } from 'node:fs';
import type { StatsFs } from 'node:fs';
import type { Space } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { maximumNameLength } from '../validation.ts';
import { answerInBackground } from './attempt.ts';
import { descriptorPath, openFlags } from './kernel.ts';
import { hasTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

export async function spaceOfLocal(tree: LocalTree, path: VirtualPath): Promise<Space> {
  if (hasTemporaryName(path)) throw failure('not-found', 'tell the free space', path);
  return tree.jail.withOpen(path, openFlags.place, async (opened) => {
    const place = descriptorPath(opened);
    const stats = await answerInBackground<StatsFs>((done) => {
      statfs(place, done);
    });
    return {
      totalBytes: stats.blocks * stats.bsize,
      freeBytes: stats.bfree * stats.bsize,
      availableBytes: stats.bavail * stats.bsize,
      blockSize: stats.bsize,
      totalFiles: stats.files,
      freeFiles: stats.ffree,
      maximumNameLength,
      readOnly: await isReadOnly(place),
    };
  });
}

/** Node does not tell the mount's flags; asking for the right to write does, even as root. */
function isReadOnly(place: string): Promise<boolean> {
  return new Promise((resolve) => {
    access(place, constants.W_OK, (error) => {
      resolve(error?.code === 'EROFS');
    });
  });
}
