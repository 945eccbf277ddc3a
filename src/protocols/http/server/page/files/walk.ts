import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';

/** No path of 4,096 units is deeper; a tree that is, is a server's joke. */
const maximumDepth = 2048;

/** An entry, and the directory that holds it. */
export interface Found {
  readonly directory: VirtualPath;
  readonly entry: Entry;
}

/** Everything below a directory, each after its directory. Links are themselves, and never followed. */
export async function* walk(
  fileSystem: FileSystem,
  start: VirtualPath,
  signal?: AbortSignal,
): AsyncGenerator<Found> {
  const pending: { readonly path: VirtualPath; readonly depth: number }[] = [{ path: start, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth } = next;
    // Whole before anything is done with it: what is done may need the connection that the listing comes over.
    const entries: Entry[] = [];
    for await (const batch of fileSystem.readDirectory(path, { signal }))
      for (const entry of batch) entries.push(entry);
    for (const entry of entries) {
      if (!isName(entry.name)) continue;
      if (entry.type === 'directory' && depth < maximumDepth)
        pending.push({ path: joinName(path, entry.name), depth: depth + 1 });
      yield { directory: path, entry };
    }
    if (signal?.aborted === true) throw new WherryError('aborted', 'Stopped by the page');
  }
}

/** Servers may list names that would lead elsewhere. */
export function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}
