import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

/** What a path leads to; null where there is nothing, or nothing that may be seen. */
export async function findEntry(fileSystem: FileSystem, path: VirtualPath): Promise<Entry | null> {
  try {
    return await fileSystem.stat(path);
  } catch (error) {
    if (error instanceof WherryError) return null;
    throw error;
  }
}
