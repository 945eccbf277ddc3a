import { unlinkSync } from 'node:fs';
import { isPending } from '#core/awaitable.ts';
import { bareEntry, type Entry } from '#core/entry.ts';
import { toWherryError } from '#core/errors.ts';
import type { ReadDirectoryOptions } from '#core/file-system.ts';
import { decodeName } from '#core/name-encoding.ts';
import { joinName } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { scanDirectory } from '#native/index.ts';
import type { DirectoryBatch } from '#native/index.ts';
import { failure, throwIfAborted } from '../failure.ts';
import { entryOfStats, typeOfMode } from './entry-of-stats.ts';
import { examine } from './examine.ts';
import { childPath, openFlags } from './kernel.ts';
import { Descriptor } from './descriptor.ts';
import type { KnownOwners } from './owners.ts';
import { hasTemporaryName, isLeftOver, isTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

const action = 'list the directory';

/** Entries per batch: about a millisecond of work between two turns of the event loop. */
const batchSize = 2048;

export async function* listDirectory(
  tree: LocalTree,
  path: VirtualPath,
  options: ReadDirectoryOptions,
): AsyncGenerator<readonly Entry[]> {
  throwIfAborted(options.signal, action, path);
  try {
    if (hasTemporaryName(path)) throw failure('not-found', action, path);
    const directory = new Descriptor(await tree.jail.open(path, openFlags.directoryPlace));
    try {
      for await (const batch of scanDirectory(directory.number, { maximumEntries: batchSize })) {
        throwIfAborted(options.signal, action, path);
        const entries = entriesOf(tree, directory.number, batch);
        if (options.followSymlinks === true) await followLinks(tree, path, entries);
        if (entries.length > 0) yield entries;
        throwIfAborted(options.signal, action, path);
      }
    } finally {
      directory.endNow();
    }
  } catch (error) {
    throw toWherryError(error, action, path);
  }
}

function entriesOf(tree: LocalTree, directory: number, batch: DirectoryBatch): Entry[] {
  const entries: Entry[] = [];
  const now = Date.now();
  const owners = tree.owners.current();
  for (let index = 0; index < batch.count; index += 1) {
    const name = batch.name(index) ?? decodeName(batch.nameBytes(index));
    if (!isTemporaryName(name)) entries.push(entryAt(batch, index, name, owners));
    else if (isLeftOver(name, batch.columns.modifiedMs[index] ?? now, now)) removeLeftOver(directory, name);
  }
  return entries;
}

function entryAt(batch: DirectoryBatch, index: number, name: string, owners: KnownOwners): Entry {
  const { columns } = batch;
  const mode = columns.modes[index] ?? 0;
  const nlink = columns.linkCounts[index] ?? 0;
  // Nothing that can be seen has no link at all: the attributes could not be read.
  if (nlink === 0) return bareEntry(name, typeOfMode(mode));
  const target = batch.isSymlink(index) ? batch.linkTarget(index) : null;
  const stats = {
    mode,
    nlink,
    size: columns.sizes[index] ?? 0,
    mtimeMs: columns.modifiedMs[index] ?? 0,
    atimeMs: columns.accessedMs[index] ?? 0,
    birthtimeMs: columns.createdMs[index] ?? 0,
    uid: columns.userIds[index] ?? 0,
    gid: columns.groupIds[index] ?? 0,
    dev: columns.devices[index] ?? 0,
    ino: columns.inodes[index] ?? 0,
  };
  const linkTarget = target === null ? null : decodeName(target);
  return entryOfStats(stats, { name, linkTarget, owners });
}

/** Puts what links lead to in their place; what leads nowhere, or out, stays a link. */
async function followLinks(tree: LocalTree, path: VirtualPath, entries: Entry[]): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    if (entry.type !== 'symlink') continue;
    try {
      const followed = examine(tree, joinName(path, entry.name), true);
      entries[index] = isPending(followed) ? await followed : followed;
    } catch {
      // Stays the link that it is.
    }
  }
}

/**
 * Removes what a killed process left. Nobody is told: a file that cannot be removed is tried again with the next
 * listing. It happens at once, since the descriptor may be closed, or be another's, by the time a thread has come to it;
 * left-overs are few.
 */
function removeLeftOver(directory: number, name: string): void {
  try {
    unlinkSync(childPath(directory, name));
  } catch {
    // Stays for the next listing.
  }
}
