import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem, ReadDirectoryOptions } from '#core/file-system.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';
import { isPartialName } from '../../copy/partial-name.ts';
import { isSafeName } from '../../copy/safe-name.ts';
import type { FilePlace } from '../../copy/options.ts';

/** Names that a plan is made of, of both sides: a kilobyte each, and more than anybody decides about one by one. */
const maximumNames = 1_000_000;

/** How far the looking has come. */
export class Seen {
  names = 0;
  path = '/';
}

/** A side of a plan, and what a planner has seen of it. */
export interface SeenTree extends FilePlace {
  /** By path below the top. */
  readonly entries: ReadonlyMap<string, Entry>;
}

/**
 * Takes down what is listed of a tree while somebody else walks it, so that every step can be shown with both of its
 * files.
 */
export function seenTree({ fileSystem, path: top }: FilePlace, seen: Seen): SeenTree {
  const entries = new Map<string, Entry>();
  const note = (directory: VirtualPath, batch: readonly Entry[]): void => {
    seen.path = directory;
    for (const entry of batch) {
      if (!isSafeName(entry.name) || isPartialName(entry.name)) continue;
      const path = joinName(directory, entry.name).slice(top === '/' ? 1 : top.length + 1);
      if (!entries.has(path)) seen.names += 1;
      entries.set(path, entry);
    }
    if (seen.names > maximumNames)
      throw new WherryError('too-many', `Cannot compare them: there are more than ${maximumNames} names`);
  };
  async function* readDirectory(
    path: VirtualPath,
    options?: ReadDirectoryOptions,
  ): AsyncGenerator<readonly Entry[]> {
    for await (const batch of fileSystem.readDirectory(path, options)) {
      note(path, batch);
      yield batch;
    }
  }
  const watched: FileSystem = new Proxy(fileSystem, {
    get: (target, name) => {
      if (name === 'readDirectory') return readDirectory;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  return { fileSystem: watched, path: top, entries };
}
