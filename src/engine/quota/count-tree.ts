import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { Amount } from './amount.ts';

/** Directories one within the other: deeper ones are longer than a path can be. */
const maximumDepth = 2048;

/**
 * Octets and number of all regular files of a tree. Links are not followed. Of a file of several names each name
 * counts, and its octets once.
 *
 * @throws WherryError `aborted` on the signal, or whatever keeps a directory from being read
 */
export async function countTree(tree: FileSystem, signal?: AbortSignal): Promise<Amount> {
  let bytes = 0;
  let files = 0;
  const seen = new Set<string>();
  const waiting: { readonly path: VirtualPath; readonly depth: number }[] = [{ path: rootPath, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, depth } = next;
    if (depth > maximumDepth)
      throw new WherryError('link-loop', 'The tree is too deep to be counted', { path });
    try {
      for await (const batch of tree.readDirectory(path, { signal })) {
        for (const entry of batch) {
          if (entry.type === 'file') {
            files += 1;
            bytes += isNew(seen, entry) ? (entry.size ?? 0) : 0;
          } else if (entry.type === 'directory') {
            waiting.push({ path: joinName(path, entry.name), depth: depth + 1 });
          }
        }
      }
    } catch (thrown) {
      const error = toWherryError(thrown, 'count the files', path);
      // What is removed meanwhile, outside of this server, holds nothing any more.
      if (error.code !== 'not-found' || path === rootPath) throw error;
    }
  }
  return { bytes, files };
}

/** Remembers files of several names only, which are few. */
function isNew(seen: Set<string>, { links, device, inode }: Entry): boolean {
  if ((links ?? 1) < 2 || inode === null) return true;
  const identity = `${device ?? 0}:${inode}`;
  if (seen.has(identity)) return false;
  seen.add(identity);
  return true;
}
