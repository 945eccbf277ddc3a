import { lstatSync, mkdir, rename, rmdir } from 'node:fs';
import { rootPath } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { inBackground } from './attempt.ts';
import { childPath } from './kernel.ts';
import { moveExclusively } from './publication.ts';
import { hasTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

const action = 'rename';

export interface RenameRequest {
  readonly from: VirtualPath;
  readonly to: VirtualPath;
  readonly overwrite: boolean;
}

/** Moves a name; neither is followed if it is a link. */
export async function renameLocal(tree: LocalTree, { from, to, overwrite }: RenameRequest): Promise<void> {
  const { jail } = tree;
  if (from === rootPath) throw failure('permission', action, from);
  if (to === rootPath) throw failure('permission', action, to);
  if (hasTemporaryName(to)) throw failure('name-invalid', action, to);
  await jail.withPlace(from, action, (source) =>
    jail.withPlace(to, action, async (target) => {
      const oldPath = childPath(source.directory, source.name);
      const newPath = childPath(target.directory, target.name);
      if (overwrite) await move(oldPath, newPath);
      else if (lstatSync(oldPath).isDirectory()) await moveDirectoryExclusively(oldPath, newPath);
      else await moveExclusively(oldPath, newPath);
    }),
  );
}

function move(from: string | Buffer, to: string | Buffer): Promise<void> {
  return inBackground((done) => {
    rename(from, to, done);
  });
}

/** Directories have no hard links: an empty one takes the name, which fails if it is taken, and is replaced. */
async function moveDirectoryExclusively(from: string | Buffer, to: string | Buffer): Promise<void> {
  await inBackground((done) => {
    mkdir(to, 0o700, done);
  });
  try {
    await move(from, to);
  } catch (error) {
    await inBackground((done) => {
      rmdir(to, done);
    });
    throw error;
  }
}
