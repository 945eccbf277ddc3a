import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  open,
  unlinkSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import type { Awaitable } from '#core/awaitable.ts';
import type { OpenWriteOptions } from '#core/file-system.ts';
import { nameOf } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { directoryNames } from '#native/index.ts';
import { failure } from '../failure.ts';
import { answerInBackground, chain, onFailure } from './attempt.ts';
import { Descriptor } from './descriptor.ts';
import type { FinalPlace, Place } from './jail.ts';
import { childPath, openFlags } from './kernel.ts';
import { requireRegular } from './open-read.ts';
import { openUpdate } from './open-update.ts';
import { Publication } from './publication.ts';
import { hasTemporaryName, releaseTemporaryName, takeTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';
import { LocalWriteHandle } from './write-handle.ts';

const action = 'open the file';

export function openLocalWrite(
  tree: LocalTree,
  path: VirtualPath,
  options: OpenWriteOptions,
): Awaitable<LocalWriteHandle> {
  const disposition = options.disposition ?? 'replace';
  const mode = options.mode ?? 0o666;
  if (hasTemporaryName(path)) throw failure('name-invalid', action, path);
  if (options.readable === true && disposition !== 'update') {
    throw failure('invalid-argument', action, path);
  }
  if (disposition === 'update') return openUpdate(tree, path, { mode, readable: options.readable === true });
  const exclusive = disposition === 'create';
  return chain(tree.jail.openFinalPlace(path, { action, followLast: !exclusive }), (place) =>
    onFailure(
      () => {
        if (exclusive && place.stats !== undefined) throw failure('exists', action, path);
        if (place.stats !== undefined) requireWritable(place, place.stats, path);
        return openUpload(tree, { place, mode, exclusive, name: nameOf(path) });
      },
      () => {
        closeSync(place.directory);
      },
    ),
  );
}

/** Refuses what opening the old file for writing would refuse; a rename over it would ask nobody. */
function requireWritable(place: FinalPlace, stats: Stats, path: VirtualPath): void {
  requireRegular(stats.mode, action, path);
  accessSync(childPath(place.directory, place.name), constants.W_OK);
}

interface UploadOptions {
  readonly place: FinalPlace;
  readonly mode: number;
  readonly exclusive: boolean;
  readonly name: string;
}

/** Starts a file under a temporary name beside the one it is to get. */
function openUpload(tree: LocalTree, options: UploadOptions): Awaitable<LocalWriteHandle> {
  const { place, mode } = options;
  const temporaryName = takeTemporaryName();
  // Nobody may read new content under an old name before the old permissions are on it.
  const firstMode = place.stats === undefined ? mode & ~tree.umask : 0o600;
  return onFailure(
    () =>
      chain(createFile(tree, { directory: place.directory, name: temporaryName }, firstMode), (opened) =>
        onFailure(
          () => uploadHandle(tree, options, { opened, temporaryName }),
          () => {
            closeSync(opened);
            unlinkSync(childPath(place.directory, temporaryName));
          },
        ),
      ),
    () => {
      releaseTemporaryName(temporaryName);
    },
  );
}

function createFile(tree: LocalTree, { directory, name }: Place, mode: number): Awaitable<number> {
  return tree.pace.run(
    () => directoryNames.create(directory, name, mode),
    () =>
      answerInBackground<number>((done) => {
        open(childPath(directory, name), openFlags.create, mode, done);
      }),
  );
}

interface TemporaryFile {
  readonly opened: number;
  readonly temporaryName: string;
}

function uploadHandle(
  tree: LocalTree,
  { place, mode, exclusive, name }: UploadOptions,
  { opened, temporaryName }: TemporaryFile,
): LocalWriteHandle {
  if (place.stats !== undefined) keepOwnership(opened, place.stats);
  else if ((mode & tree.excessUmask) !== 0) fchmodSync(opened, mode & ~tree.umask);
  return new LocalWriteHandle({
    tree,
    descriptor: new Descriptor(opened),
    name,
    initialSize: 0,
    readable: false,
    publication: new Publication({ place, temporaryName, exclusive }),
    unlock: undefined,
  });
}

/**
 * A replaced file keeps its owner, where the process may give it away, and its permission bits; never set-user-ID
 * and its like, which the kernel takes from a file that is written to as well.
 */
function keepOwnership(opened: number, old: Stats): void {
  const fresh = fstatSync(opened);
  if (fresh.uid !== old.uid || fresh.gid !== old.gid) {
    try {
      fchownSync(opened, old.uid, old.gid);
    } catch {
      // Only a privileged process may; then the file belongs to whom any new file would.
    }
  }
  fchmodSync(opened, old.mode & 0o777);
}
