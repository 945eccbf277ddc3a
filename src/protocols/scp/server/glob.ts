import type { FileSystem } from '#core/file-system.ts';
import { joinName, parentOf, nameOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';

/** Names that one pattern may stand for; a client that wants more takes the directory. */
const maximumMatches = 10_000;

/** Whether a path has to be expanded at all. */
export function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The paths that a pattern stands for: `*`, `?` and `[…]` within each component, none of them matching a leading dot.
 * A path that stands as it is written wins, so that no name is out of reach.
 */
export async function expandWildcards(
  fileSystem: FileSystem,
  pattern: VirtualPath,
): Promise<readonly VirtualPath[]> {
  if (!hasWildcards(pattern)) return [pattern];
  const name = nameOf(pattern);
  const parents = await expandWildcards(fileSystem, parentOf(pattern));
  if (!hasWildcards(name)) return parents.map((parent) => joinName(parent, name));
  const found: VirtualPath[] = [];
  for (const parent of parents) {
    for (const child of await namesIn(fileSystem, parent)) {
      if (found.length >= maximumMatches) return found;
      if (matches(name, child)) found.push(joinName(parent, child));
    }
  }
  return found.sort();
}

async function namesIn(fileSystem: FileSystem, directory: VirtualPath): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const batch of fileSystem.readDirectory(directory)) {
      for (const entry of batch) names.push(entry.name);
    }
  } catch {
    // What cannot be listed matches nothing, as in a shell; the root at least has to be there.
    if (directory === rootPath) return [];
  }
  return names;
}

/** Compares without backtracking more than one star, so that no pattern takes long. */
export function matches(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let [inPattern, inName, star, retry] = [0, 0, -1, 0];
  while (inName < name.length) {
    const next = matchOne(pattern, inPattern, name.charAt(inName));
    if (pattern.charAt(inPattern) === '*') {
      star = inPattern;
      retry = inName;
      inPattern += 1;
    } else if (next > 0) {
      inPattern = next;
      inName += 1;
    } else if (star >= 0) {
      retry += 1;
      inPattern = star + 1;
      inName = retry;
    } else {
      return false;
    }
  }
  while (pattern.charAt(inPattern) === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** The position behind the part of the pattern that stands for this character, or 0 where it does not. */
function matchOne(pattern: string, position: number, character: string): number {
  const part = pattern.charAt(position);
  if (part === '?') return position + 1;
  if (part !== '[') return part === character ? position + 1 : 0;
  const end = pattern.indexOf(']', position + 2);
  if (end < 0) return character === '[' ? position + 1 : 0;
  const negated = '!^'.includes(pattern.charAt(position + 1));
  const set = pattern.slice(position + (negated ? 2 : 1), end);
  return inSet(set, character) === negated ? 0 : end + 1;
}

function inSet(set: string, character: string): boolean {
  for (let index = 0; index < set.length; index += 1) {
    if (set.charAt(index + 1) === '-' && index + 2 < set.length) {
      if (character >= set.charAt(index) && character <= set.charAt(index + 2)) return true;
      index += 2;
    } else if (set.charAt(index) === character) {
      return true;
    }
  }
  return false;
}
