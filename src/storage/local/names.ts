import {
  chmod,
  closeSync,
  constants,
  fstatSync,
  link,
  lstat,
  mkdir,
  openSync,
  readdir,
  rmdir,
  symlink,
  unlink,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { encodeName } from '#core/name-encoding.ts';
import { rootPath } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { checkLinkText } from '../validation.ts';
import { answerInBackground, inBackground } from './attempt.ts';
import { childPath, descriptorPath, kernelPath, openFlags } from './kernel.ts';
import { isLeftOver, isTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

export async function makeLocalDirectory(tree: LocalTree, path: VirtualPath, mode: number): Promise<void> {
  await tree.jail.withNewPlace(path, 'make the directory', async ({ directory, name }) => {
    const target = childPath(directory, name);
    await inBackground((done) => {
      mkdir(target, mode & ~tree.umask, done);
    });
    if ((mode & tree.excessUmask) !== 0) await restoreMode(target, mode & ~tree.umask);
  });
}

/** Gives back what the process's own mask took, through a descriptor, since the name may have been swapped. */
async function restoreMode(target: string | Buffer, mode: number): Promise<void> {
  const opened = openSync(target, openFlags.directoryPlace | constants.O_NOFOLLOW);
  try {
    // The kernel lets set-group-ID pass from a directory to those made in it.
    const inherited = fstatSync(opened).mode & 0o2000;
    await inBackground((done) => {
      chmod(descriptorPath(opened), mode | inherited, done);
    });
  } finally {
    closeSync(opened);
  }
}

export async function removeLocalDirectory(tree: LocalTree, path: VirtualPath): Promise<void> {
  const action = 'remove the directory';
  if (path === rootPath) throw failure('permission', action, path);
  await tree.jail.withPlace(path, action, async (place) => {
    const target = childPath(place.directory, place.name);
    const remove = (): Promise<void> =>
      inBackground((done) => {
        rmdir(target, done);
      });
    try {
      await remove();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
      await removeLeftOvers(tree, path);
      await remove();
    }
  });
}

/** Clears a directory that looks empty to its users of what killed uploads left in it. */
async function removeLeftOvers(tree: LocalTree, path: VirtualPath): Promise<void> {
  await tree.jail.withOpen(path, openFlags.directoryPlace, async (directory) => {
    const names = await answerInBackground<string[]>((done) => {
      readdir(descriptorPath(directory), done);
    });
    const now = Date.now();
    for (const name of names) {
      if (!isTemporaryName(name)) return;
      const target = childPath(directory, name);
      const stats = await answerInBackground<Stats>((done) => {
        lstat(target, done);
      });
      if (!isLeftOver(name, stats.mtimeMs, now)) return;
      await inBackground((done) => {
        unlink(target, done);
      });
    }
  });
}

export async function removeLocalFile(tree: LocalTree, path: VirtualPath): Promise<void> {
  const action = 'remove the file';
  if (path === rootPath) throw failure('is-directory', action, path);
  await tree.jail.withPlace(path, action, ({ directory, name }) =>
    inBackground((done) => {
      unlink(childPath(directory, name), done);
    }),
  );
}

export async function makeLocalSymlink(tree: LocalTree, target: string, path: VirtualPath): Promise<void> {
  checkLinkText(target, encodeName(target).length, path);
  await tree.jail.withNewPlace(path, 'make the link', ({ directory, name }) =>
    inBackground((done) => {
      symlink(kernelPath(target), childPath(directory, name), done);
    }),
  );
}

export async function makeLocalHardLink(
  tree: LocalTree,
  existing: VirtualPath,
  path: VirtualPath,
): Promise<void> {
  const action = 'make the link';
  if (existing === rootPath) throw failure('permission', action, existing);
  await tree.jail.withPlace(existing, action, (source) =>
    tree.jail.withNewPlace(path, action, (target) =>
      inBackground((done) => {
        link(childPath(source.directory, source.name), childPath(target.directory, target.name), done);
      }),
    ),
  );
}
