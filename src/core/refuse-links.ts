import { WherryError } from './errors.ts';
import type { FileSystem, OperationOptions } from './file-system.ts';
import { joinName, pathSegments, rootPath, type VirtualPath } from './virtual-path.ts';

/**
 * Stands in for `realPath` where a storage has links and cannot tell where they lead: a path without any is its own,
 * and none is followed, since nobody could judge the place. Missing last components stay as they are.
 *
 * @throws WherryError `permission` for a path with a link in it
 */
export async function refuseLinks(
  fileSystem: FileSystem,
  path: VirtualPath,
  options?: OperationOptions,
): Promise<VirtualPath> {
  let place: VirtualPath = rootPath;
  for (const name of pathSegments(path)) {
    place = joinName(place, name);
    if (await isLink(fileSystem, place, options)) {
      const message = 'Links are not followed here: the storage cannot tell where they lead';
      throw new WherryError('permission', message, { path });
    }
  }
  return path;
}

async function isLink(
  fileSystem: FileSystem,
  path: VirtualPath,
  options?: OperationOptions,
): Promise<boolean> {
  try {
    return (await fileSystem.stat(path, { ...options, followSymlink: false })).type === 'symlink';
  } catch (thrown) {
    // What is not there leads nowhere.
    if (thrown instanceof WherryError && absent.has(thrown.code)) return false;
    throw thrown;
  }
}

const absent: ReadonlySet<unknown> = new Set(['not-found', 'not-directory']);
