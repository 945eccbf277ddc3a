import type { Entry } from '#core/entry.ts';
import { WherryError, type ErrorCode } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { GlobComponent, GlobPattern } from '../../wire/glob.ts';
import { maximumGlobEntries } from '../../wire/limits.ts';

/** One thing that a listing names: where it is, as what the client knows it, and what it is. */
export interface ListMatch {
  readonly path: VirtualPath;
  readonly shown: string;
  /** The name itself; a link is not followed. */
  readonly entry: Entry;
}

/** Errors that make a place no match, not the pattern a failure. */
const absent: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'not-found',
  'not-directory',
  'permission',
  'link-loop',
  'name-invalid',
  'name-too-long',
]);

/** Whether an error only says that there is nothing to be seen at a place. */
export function isAbsence(thrown: unknown): boolean {
  return thrown instanceof WherryError && absent.has(thrown.code);
}

interface Place {
  readonly path: VirtualPath;
  readonly shown: string;
}

/**
 * Finds what patterns stand for, batch by batch as directories are read, each path once. A pattern of one part
 * with wildcards costs no more than listing its directory; every further directory counts against a limit.
 *
 * @throws WherryError `too-many` when the patterns make too many entries be looked at
 */
export async function* expandGlob(
  fileSystem: FileSystem,
  directory: VirtualPath,
  patterns: readonly GlobPattern[],
): AsyncGenerator<readonly ListMatch[]> {
  const search = new GlobSearch(fileSystem, patterns.length === 1);
  for (const { absolute, components } of patterns) {
    const start = absolute ? { path: rootPath, shown: '/' } : { path: directory, shown: '' };
    for await (const matches of search.from(start, components)) {
      const fresh = patterns.length === 1 ? matches : search.unseen(matches);
      if (fresh.length > 0) yield fresh;
    }
  }
}

class GlobSearch {
  readonly #fileSystem: FileSystem;
  readonly #seen = new Set<string>();
  #looked = 0;
  /** Whether the next directory is the first one of the only pattern. */
  #free: boolean;

  constructor(fileSystem: FileSystem, firstDirectoryIsFree: boolean) {
    this.#fileSystem = fileSystem;
    this.#free = firstDirectoryIsFree;
  }

  unseen(matches: readonly ListMatch[]): ListMatch[] {
    return matches.filter(({ path }) => {
      if (this.#seen.has(path)) return false;
      this.#seen.add(path);
      return true;
    });
  }

  async *from(start: Place, components: readonly GlobComponent[]): AsyncGenerator<readonly ListMatch[]> {
    let place = start;
    let position = 0;
    for (const { literal } of components) {
      if (literal === null) break;
      const next = step(place, literal);
      if (next === null) return;
      place = next;
      position += 1;
    }
    const wild = components[position];
    if (wild === undefined) {
      const match = await this.#examine(place);
      if (match !== null) yield [match];
      return;
    }
    const rest = components.slice(position + 1);
    for await (const matches of this.#matching(place, wild)) {
      if (rest.length === 0) {
        if (matches.length > 0) yield matches;
        continue;
      }
      for (const { path, shown, entry } of matches) {
        if (entry.type !== 'directory' && entry.type !== 'symlink') continue;
        yield* this.from({ path, shown }, rest);
      }
    }
  }

  async *#matching(place: Place, component: GlobComponent): AsyncGenerator<readonly ListMatch[]> {
    const free = this.#free;
    this.#free = false;
    const prefix = place.shown === '' || place.shown.endsWith('/') ? place.shown : `${place.shown}/`;
    try {
      for await (const batch of this.#fileSystem.readDirectory(place.path)) {
        if (!free) this.#count(batch.length);
        const matches: ListMatch[] = [];
        for (const entry of batch) {
          if (!component.matches(entry.name)) continue;
          matches.push({ path: joinName(place.path, entry.name), shown: prefix + entry.name, entry });
        }
        yield matches;
      }
    } catch (thrown) {
      if (!isAbsence(thrown)) throw thrown;
    }
  }

  async #examine({ path, shown }: Place): Promise<ListMatch | null> {
    this.#count(1);
    try {
      return { path, shown, entry: await this.#fileSystem.stat(path, { followSymlink: false }) };
    } catch (thrown) {
      if (isAbsence(thrown)) return null;
      throw thrown;
    }
  }

  #count(entries: number): void {
    this.#looked += entries;
    if (this.#looked > maximumGlobEntries) {
      throw new WherryError('too-many', 'The pattern makes too many entries be looked at');
    }
  }
}

function step({ path, shown }: Place, name: string): Place | null {
  try {
    const prefix = shown === '' || shown.endsWith('/') ? shown : `${shown}/`;
    return { path: resolveVirtualPath(path, name), shown: prefix + name };
  } catch (thrown) {
    if (isAbsence(thrown)) return null;
    throw thrown;
  }
}
