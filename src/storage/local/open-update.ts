import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs';
import type { Awaitable } from '#core/awaitable.ts';
import { nameOf } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { always, chain, onFailure } from './attempt.ts';
import { Descriptor } from './descriptor.ts';
import type { FinalPlace } from './jail.ts';
import { childPath, openFlags } from './kernel.ts';
import { requireRegular } from './open-read.ts';
import { syncDirectory } from './publication.ts';
import type { LocalTree } from './tree.ts';
import { takeUpdateLock } from './update-locks.ts';
import { LocalWriteHandle } from './write-handle.ts';

const action = 'open the file';

/** How often a file may vanish or appear between looking and opening before it counts as in use. */
const maximumAttempts = 8;

export interface UpdateOptions {
  readonly mode: number;
  readonly readable: boolean;
}

/** Opens a file to be written in place, or makes an empty one. */
export function openUpdate(
  tree: LocalTree,
  path: VirtualPath,
  options: UpdateOptions,
): Awaitable<LocalWriteHandle> {
  return tryOpen(tree, path, options, 1);
}

function tryOpen(
  tree: LocalTree,
  path: VirtualPath,
  options: UpdateOptions,
  attempt: number,
): Awaitable<LocalWriteHandle> {
  const place = tree.jail.openFinalPlace(path, { action, followLast: true });
  return chain(place, (found) =>
    chain(
      always(
        () => openAt(tree, path, options, found),
        () => {
          closeSync(found.directory);
        },
      ),
      (handle) => {
        if (handle !== undefined) return handle;
        if (attempt === maximumAttempts) throw failure('busy', action, path);
        return tryOpen(tree, path, options, attempt + 1);
      },
    ),
  );
}

/** Errors of a name that is no longer what it was a moment ago. */
const changes: ReadonlySet<unknown> = new Set(['ENOENT', 'EEXIST', 'ELOOP']);

function openAt(
  tree: LocalTree,
  path: VirtualPath,
  options: UpdateOptions,
  place: FinalPlace,
): Awaitable<LocalWriteHandle | undefined> {
  if (place.stats !== undefined) requireRegular(place.stats.mode, action, path);
  const fresh = place.stats === undefined;
  const mode = options.mode & ~tree.umask;
  let opened: number;
  try {
    opened = openSync(childPath(place.directory, place.name), flagsOf(options.readable, fresh), mode);
  } catch (error) {
    if (changes.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
  return onFailure(
    () => {
      if (fresh && (mode & tree.excessUmask) !== 0) fchmodSync(opened, mode);
      const settled = fresh && tree.durability === 'disk' ? syncDirectory(place.directory) : undefined;
      return chain(settled, () => handleOf(tree, path, options, opened));
    },
    () => {
      closeSync(opened);
    },
  );
}

function flagsOf(readable: boolean, fresh: boolean): number {
  const flags = (readable ? openFlags.readWrite : openFlags.write) | constants.O_NOFOLLOW;
  return fresh ? flags | constants.O_CREAT | constants.O_EXCL : flags;
}

function handleOf(
  tree: LocalTree,
  path: VirtualPath,
  options: UpdateOptions,
  opened: number,
): LocalWriteHandle {
  const stats = fstatSync(opened);
  requireRegular(stats.mode, action, path);
  const unlock = takeUpdateLock(stats);
  if (unlock === undefined) throw failure('busy', action, path);
  return new LocalWriteHandle({
    tree,
    descriptor: new Descriptor(opened),
    name: nameOf(path),
    initialSize: stats.size,
    readable: options.readable,
    publication: undefined,
    unlock,
  });
}
