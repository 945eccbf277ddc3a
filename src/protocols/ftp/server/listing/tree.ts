import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { maximumRecursionDepth, maximumRecursiveEntries } from '../../wire/limits.ts';
import { giveWay } from './give-way.ts';

/** How far a walk may go; the defaults are those of the protocol. */
export interface WalkLimits {
  readonly depth: number;
  readonly entries: number;
}

const defaultWalkLimits: WalkLimits = { depth: maximumRecursionDepth, entries: maximumRecursiveEntries };

interface TreeWalk {
  readonly fileSystem: FileSystem;
  readonly signal: AbortSignal;
  readonly limits?: WalkLimits;
}

/**
 * The octets of all regular files below a directory. Links are not followed; what the account may not see does not
 * count.
 *
 * @throws WherryError `not-directory`; `too-large` past the limits
 */
export async function sizeOfTree(walk: TreeWalk, top: VirtualPath): Promise<number> {
  const { fileSystem, signal } = walk;
  const entry = await fileSystem.stat(top, { signal });
  if (entry.type !== 'directory') throw new WherryError('not-directory', 'Not a directory', { path: top });
  const budget = new Budget(walk.limits ?? defaultWalkLimits);
  const waiting: { path: VirtualPath; depth: number }[] = [{ path: top, depth: 0 }];
  let total = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, depth } = next;
    try {
      for await (const batch of fileSystem.readDirectory(path, { signal })) {
        budget.spend(batch.length, top);
        for (const { type, size, name } of batch) {
          if (type === 'file') total += size ?? 0;
          if (type !== 'directory') continue;
          budget.checkDepth(depth + 1, top);
          waiting.push({ path: joinName(path, name), depth: depth + 1 });
        }
      }
    } catch (thrown) {
      if (depth === 0 || !isGoneOrHidden(thrown)) throw thrown;
    }
    await giveWay();
  }
  return total;
}

function isGoneOrHidden(thrown: unknown): boolean {
  return thrown instanceof WherryError && (thrown.code === 'not-found' || thrown.code === 'permission');
}

interface Level {
  readonly path: VirtualPath;
  /** Directories in it that are still there. */
  readonly inside: string[];
}

/**
 * Removes a directory with everything in it. Links are removed, never followed: before a directory is read it is
 * made sure that it is one and no link that took its place.
 *
 * @throws WherryError `not-directory`; `too-large` past the limits; whatever a single removal throws, and what was
 *   removed before stays removed
 */
export async function removeTree(walk: TreeWalk, top: VirtualPath): Promise<void> {
  const { fileSystem, signal } = walk;
  if (top === rootPath) throw new WherryError('permission', 'The root cannot be removed', { path: top });
  const budget = new Budget(walk.limits ?? defaultWalkLimits);
  const levels: Level[] = [{ path: top, inside: await clearFiles(walk, top, budget) }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = level.inside.pop();
    if (name === undefined) {
      await fileSystem.removeDirectory(level.path, { signal });
      levels.pop();
    } else {
      budget.checkDepth(levels.length, top);
      const path = joinName(level.path, name);
      levels.push({ path, inside: await clearFiles(walk, path, budget) });
      await giveWay();
    }
  }
}

/** Removes all but directories from a directory and returns the names of those. */
async function clearFiles(
  { fileSystem, signal }: TreeWalk,
  path: VirtualPath,
  budget: Budget,
): Promise<string[]> {
  const own: Entry = await fileSystem.stat(path, { followSymlink: false, signal });
  if (own.type !== 'directory') throw new WherryError('not-directory', 'Not a directory', { path });
  const inside: string[] = [];
  for await (const batch of fileSystem.readDirectory(path, { signal })) {
    budget.spend(batch.length, path);
    for (const { type, name } of batch) {
      if (type === 'directory') inside.push(name);
      else await fileSystem.removeFile(joinName(path, name), { signal });
    }
    await giveWay();
  }
  return inside;
}

class Budget {
  readonly #depth: number;
  #entries: number;

  constructor({ depth, entries }: WalkLimits) {
    this.#depth = depth;
    this.#entries = entries;
  }

  spend(entries: number, path: VirtualPath): void {
    this.#entries -= entries;
    if (this.#entries < 0) throw tooMuch('The tree holds too many entries', path);
  }

  checkDepth(depth: number, path: VirtualPath): void {
    if (depth > this.#depth) throw tooMuch('The tree is too deep', path);
  }
}

/** The same tree will be as large later: 5yz, not 4yz. */
function tooMuch(message: string, path: VirtualPath): WherryError {
  return new WherryError('too-large', message, { path });
}
