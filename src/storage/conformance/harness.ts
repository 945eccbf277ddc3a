import assert from 'node:assert/strict';
import type { Awaitable } from '#core/awaitable.ts';
import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { ErrorCode } from '#core/errors.ts';
import type { Capabilities, FileSystem, OpenWriteOptions, ReadDirectoryOptions } from '#core/file-system.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';

/** What a storage may honestly lack that its {@link Capabilities} do not say; everything is expected by default. */
export interface StorageTraits {
  /** Names that are not UTF-8 come back as they went. */
  readonly invalidUtf8Names?: boolean;
  /** Times keep a fraction of a second. */
  readonly subsecondTimes?: boolean;
  /** Files, directories and their modes have owners that listings show. */
  readonly modes?: boolean;
  /** Entries tell device, inode and number of names, so that hard links can be told. */
  readonly identities?: boolean;
}

/** One promise of the interface, with the way to see that it is kept. */
export interface ConformanceCase {
  readonly title: string;
  /** Present where not every storage can. */
  readonly needs?: (capabilities: Capabilities, traits: Required<StorageTraits>) => boolean;
  readonly run: (fileSystem: Required<FileSystem>) => Promise<void>;
}

/** The path that a text names from the root. */
export function at(path: string): VirtualPath {
  return resolveVirtualPath(rootPath, path);
}

/** Writes a whole file by way of an upload. */
export async function put(
  fileSystem: FileSystem,
  path: string,
  content: string | Uint8Array,
  options?: OpenWriteOptions,
): Promise<void> {
  const handle = await fileSystem.openWrite(at(path), options);
  await handle.write(Buffer.from(content), 0);
  await handle.finish();
}

/** Makes many empty files, some at a time. */
export async function putMany(
  fileSystem: FileSystem,
  directory: string,
  fileNames: readonly string[],
): Promise<void> {
  const atOnce = 32;
  for (let start = 0; start < fileNames.length; start += atOnce) {
    const some = fileNames.slice(start, start + atOnce);
    await Promise.all(some.map((name) => put(fileSystem, `${directory}/${name}`, '')));
  }
}

/** Reads a whole file, in pieces of an odd size so that positions matter. */
export async function get(fileSystem: FileSystem, path: string): Promise<Buffer> {
  const handle = await fileSystem.openRead(at(path));
  const parts: Buffer[] = [];
  try {
    for (let position = 0; ;) {
      const piece = Buffer.alloc(7919);
      const count = await handle.read(piece, position);
      if (count === 0) return Buffer.concat(parts);
      parts.push(piece.subarray(0, count));
      position += count;
    }
  } finally {
    await handle.close();
  }
}

export async function list(
  fileSystem: FileSystem,
  path: string,
  options?: ReadDirectoryOptions,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of fileSystem.readDirectory(at(path), options)) entries.push(...batch);
  return entries;
}

/** Names in a directory, sorted. */
export async function names(fileSystem: FileSystem, path: string): Promise<string[]> {
  const entries = await list(fileSystem, path);
  return entries.map(({ name }) => name).sort();
}

/** Whether anything, also a dangling link, has the name. */
export async function exists(fileSystem: FileSystem, path: string): Promise<boolean> {
  try {
    await fileSystem.stat(at(path), { followSymlink: false });
    return true;
  } catch (error) {
    if (error instanceof WherryError && error.code === 'not-found') return false;
    throw error;
  }
}

/** Sees that something fails with a {@link WherryError} of one of the codes, thrown at once or later. */
export async function refuses(
  code: ErrorCode | readonly ErrorCode[],
  run: () => Awaitable<unknown>,
): Promise<void> {
  const codes = typeof code === 'string' ? [code] : code;
  let thrown: unknown;
  try {
    await run();
  } catch (error) {
    thrown = error;
  }
  assert.ok(
    thrown instanceof WherryError,
    `expected a WherryError "${codes.join('" or "')}", got ${String(thrown)}`,
  );
  assert.ok(
    codes.includes(thrown.code),
    `expected "${codes.join('" or "')}", got "${thrown.code}": ${thrown.message}`,
  );
}
