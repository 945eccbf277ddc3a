import picomatch from 'picomatch';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem, OperationOptions } from '#core/file-system.ts';
import { joinName, parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { isSafeName } from '../copy/safe-name.ts';

/** An entry with the path that leads to it. */
export interface ListedEntry extends Entry {
  readonly path: VirtualPath;
}

/** How a directory is listed. */
export interface ListOptions extends OperationOptions {
  /** Also what lies in directories below, each after its directory (default false). Links are not followed into. */
  readonly recursive?: boolean | undefined;
  /** Tell of what links lead to, under the link's name (default false). */
  readonly followSymlinks?: boolean | undefined;
}

/** Deeper trees than this are taken for a server's joke: no path of 4,096 characters has more components. */
const maximumDepth = 2048;

/** The entries of a directory, and with `recursive` of all below it. Names that are none are left out. */
export async function* listTree(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: ListOptions = {},
): AsyncGenerator<ListedEntry> {
  const { signal, recursive = false, followSymlinks } = options;
  const pending: { readonly path: VirtualPath; readonly depth: number }[] = [{ path, depth: 0 }];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const below: VirtualPath[] = [];
    for await (const batch of fileSystem.readDirectory(directory.path, { signal, followSymlinks })) {
      for (const entry of batch) {
        if (!isSafeName(entry.name, 'linux')) continue;
        const listed = { ...entry, path: joinName(directory.path, entry.name) };
        if (entry.type === 'directory') below.push(listed.path);
        yield listed;
      }
    }
    if (!recursive || directory.depth >= maximumDepth) continue;
    const depth = directory.depth + 1;
    for (const path of below.reverse()) pending.push({ path, depth });
  }
}

/** What {@link usageOf} has counted. */
export interface DiskUsage {
  /** Octets of all files, as far as the listings tell. */
  readonly bytes: number;
  readonly files: number;
  readonly directories: number;
}

/** Adds up a file, or all that lies below a directory. */
export async function usageOf(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: OperationOptions = {},
): Promise<DiskUsage> {
  const top = await fileSystem.stat(path, options);
  if (top.type !== 'directory') return { bytes: top.size ?? 0, files: 1, directories: 0 };
  let [bytes, files, directories] = [0, 0, 1];
  for await (const entry of listTree(fileSystem, path, { ...options, recursive: true })) {
    if (entry.type === 'directory') directories += 1;
    else files += 1;
    if (entry.type === 'file') bytes += entry.size ?? 0;
  }
  return { bytes, files, directories };
}

/** What {@link findEntries} looks for; all conditions have to hold. */
export interface FindOptions extends OperationOptions {
  /** A glob for the name, or for the path below the start where it holds a `/`. */
  readonly name?: string | undefined;
  readonly type?: Entry['type'] | undefined;
  readonly minimumBytes?: number | undefined;
  readonly maximumBytes?: number | undefined;
  /** Milliseconds since 1970 in UTC. */
  readonly modifiedAfter?: number | undefined;
  readonly modifiedBefore?: number | undefined;
  /** Directories to go down into: 0 for none below the start. */
  readonly maximumDepth?: number | undefined;
}

/** Searches below a directory. */
export async function* findEntries(
  fileSystem: FileSystem,
  start: VirtualPath,
  options: FindOptions = {},
): AsyncGenerator<ListedEntry> {
  const fits = conditionOf(start, options);
  const depthOf = (path: VirtualPath): number => path.slice(start.length).split('/').length;
  const { maximumDepth: deepest = Number.POSITIVE_INFINITY, signal } = options;
  const pending: VirtualPath[] = [start];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for await (const entry of listTree(fileSystem, directory, { signal })) {
      if (fits(entry)) yield entry;
      if (entry.type === 'directory' && depthOf(directory) <= Math.min(deepest, maximumDepth))
        pending.push(entry.path);
    }
  }
}

function conditionOf(start: VirtualPath, options: FindOptions): (entry: ListedEntry) => boolean {
  const { name, type, minimumBytes, maximumBytes, modifiedAfter, modifiedBefore } = options;
  const matches = name === undefined ? null : picomatch(name, { dot: true });
  const byPath = name?.includes('/') === true;
  const prefix = start === rootPath ? 1 : start.length + 1;
  return (entry) => {
    if (type !== undefined && entry.type !== type) return false;
    if (matches !== null && !matches(byPath ? entry.path.slice(prefix) : entry.name)) return false;
    if (minimumBytes !== undefined && (entry.size === null || entry.size < minimumBytes)) return false;
    if (maximumBytes !== undefined && (entry.size === null || entry.size > maximumBytes)) return false;
    if (modifiedAfter !== undefined && (entry.modifiedAt === null || entry.modifiedAt < modifiedAfter))
      return false;
    return modifiedBefore === undefined || (entry.modifiedAt !== null && entry.modifiedAt <= modifiedBefore);
  };
}

/** Makes a directory and those above it that are missing; one that exists is left as it is. */
export async function makeDirectories(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: OperationOptions & { readonly mode?: number } = {},
): Promise<void> {
  if (path === rootPath) return;
  try {
    await fileSystem.makeDirectory(path, options);
    return;
  } catch (error) {
    if (!(error instanceof WherryError)) throw error;
    if (await isDirectory(fileSystem, path, options)) return;
    // Servers answer a missing parent with whatever they have: only what is there counts.
    const parent = parentOf(path);
    if (parent === path || error.code === 'exists' || (await isDirectory(fileSystem, parent, options)))
      throw error;
  }
  await makeDirectories(fileSystem, parentOf(path), options);
  await fileSystem.makeDirectory(path, options);
}

async function isDirectory(
  fileSystem: FileSystem,
  path: VirtualPath,
  { signal }: OperationOptions,
): Promise<boolean> {
  try {
    return (await fileSystem.stat(path, { signal })).type === 'directory';
  } catch (error) {
    if (error instanceof WherryError && error.code === 'aborted') throw error;
    return false;
  }
}

/** Files that are removed side by side in one directory. */
const removalsAtOnce = 16;

/** Removes a file or a directory with all that is in it; links are removed, never followed. */
export async function removeTree(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: OperationOptions = {},
): Promise<void> {
  const { signal } = options;
  const { type } = await fileSystem.stat(path, { signal, followSymlink: false });
  if (type === 'directory') await removeDirectoryTree(fileSystem, path, { signal });
  else await fileSystem.removeFile(path, { signal });
}

async function removeDirectoryTree(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: OperationOptions,
): Promise<void> {
  if (fileSystem.capabilities.linksLookFollowed === true && (await removeLink(fileSystem, path, options)))
    return;
  const directories: VirtualPath[] = [];
  const files: VirtualPath[] = [];
  for await (const entry of listTree(fileSystem, path, options)) {
    (entry.type === 'directory' ? directories : files).push(entry.path);
  }
  for (let from = 0; from < files.length; from += removalsAtOnce) {
    const some = files.slice(from, from + removalsAtOnce);
    await Promise.all(some.map(async (file) => fileSystem.removeFile(file, options)));
  }
  for (const directory of directories) await removeDirectoryTree(fileSystem, directory, options);
  await fileSystem.removeDirectory(path, options);
}

/** Removes what looks like a directory if it is a link to one, and tells whether it was. */
async function removeLink(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: OperationOptions,
): Promise<boolean> {
  try {
    await fileSystem.removeFile(path, options);
    return true;
  } catch (error) {
    // A directory is refused for good, in words that differ from server to server.
    if (error instanceof WherryError && !error.retryable && error.code !== 'aborted') return false;
    throw error;
  }
}
