import { WherryError } from '#core/errors.ts';
import type { Entry } from '#core/entry.ts';
import type { FileSystem, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { requireRegular } from './checksum-command.ts';
import { moveOctets } from './copy-file.ts';

/** What becomes of what. */
export interface Combination {
  readonly target: VirtualPath;
  readonly parts: readonly VirtualPath[];
  /** Permission bits of a new target. */
  readonly mode: number;
}

/**
 * Appends files to a target and removes them once the target is complete. A new target appears whole; an existing
 * one is cut back to what it was when something fails.
 *
 * @throws WherryError `exists` when a part is the target itself, by whatever name
 */
export async function combineFiles(
  fileSystem: FileSystem,
  { target, parts, mode }: Combination,
  signal: AbortSignal,
): Promise<void> {
  const existing = await statOrNull(fileSystem, target);
  if (existing !== null) requireRegular(existing, target);
  for (const part of parts) {
    const entry = await fileSystem.stat(part);
    requireRegular(entry, part);
    if (part === target || (existing !== null && isSameFile(entry, existing))) {
      throw new WherryError('exists', 'A part cannot be the target as well', { path: part });
    }
  }
  const handle = await fileSystem.openWrite(target, {
    disposition: existing === null ? 'create' : 'update',
    mode,
    signal,
  });
  try {
    let position = handle.initialSize;
    for (const part of parts) position += await appendPart(fileSystem, part, { handle, position, signal });
  } catch (thrown) {
    await takeBack(handle);
    throw thrown;
  }
  await handle.finish();
  for (const part of parts) await fileSystem.removeFile(part);
}

async function appendPart(
  fileSystem: FileSystem,
  part: VirtualPath,
  { handle, position, signal }: { handle: WriteHandle; position: number; signal: AbortSignal },
): Promise<number> {
  const source = await fileSystem.openRead(part, { signal });
  try {
    return await moveOctets(source, handle, { position, signal });
  } finally {
    await source.close();
  }
}

/** The error that led here is the one to tell, whatever else goes wrong now. */
async function takeBack(handle: WriteHandle): Promise<void> {
  try {
    if (handle.initialSize > 0) await handle.truncate(handle.initialSize);
  } catch {
    // What was appended stays behind the old content.
  } finally {
    await handle.abort();
  }
}

async function statOrNull(fileSystem: FileSystem, path: VirtualPath): Promise<Entry | null> {
  try {
    return await fileSystem.stat(path);
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'not-found') return null;
    throw thrown;
  }
}

function isSameFile(left: Entry, right: Entry): boolean {
  return left.inode !== null && left.inode === right.inode && left.device === right.device;
}
