import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';
import { isPartialName } from '../copy/partial-name.ts';
import { isSafeName } from '../copy/safe-name.ts';

/** What one directory holds, as far as a mirror is concerned. */
export interface DirectoryContents {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Names that cannot be used anywhere else. */
  readonly unsafe: readonly string[];
  /** Files of copies that broke off. */
  readonly partials: readonly Entry[];
}

/**
 * Reads a directory; null where there is none, if that is allowed.
 *
 * @throws WherryError what the listing failed with
 */
export async function readContents(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: {
    readonly signal: AbortSignal | undefined;
    readonly followSymlinks: boolean;
    readonly mayBeMissing: boolean;
  },
): Promise<DirectoryContents | null> {
  const entries = new Map<string, Entry>();
  const unsafe: string[] = [];
  const partials: Entry[] = [];
  const { signal, followSymlinks } = options;
  try {
    for await (const batch of fileSystem.readDirectory(path, { signal, followSymlinks })) {
      for (const entry of batch) {
        const { name } = entry;
        // A name that a server tells twice counts once: the second may be the way out of the first.
        if (!isSafeName(name) || entries.has(name)) unsafe.push(name);
        else if (isPartialName(name)) partials.push(entry);
        else entries.set(name, entry);
      }
    }
  } catch (error) {
    if (options.mayBeMissing && error instanceof WherryError && error.code === 'not-found') return null;
    throw error;
  }
  return { entries, unsafe, partials };
}

/** A path below a top, from the components that lead to it. */
export function below(top: VirtualPath, path: string): VirtualPath {
  let result = top;
  if (path !== '') for (const name of path.split('/')) result = joinName(result, name);
  return result;
}

/** The relative path of a child. */
export function childOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
