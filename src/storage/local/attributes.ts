import {
  chmod,
  chown,
  closeSync,
  fchmodSync,
  fstatSync,
  ftruncate,
  futimesSync,
  lchown,
  lutimes,
  open,
  utimes,
} from 'node:fs';
import type { Stats } from 'node:fs';
import type { Attributes } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { checkAttributes } from '../validation.ts';
import { answerInBackground, inBackground } from './attempt.ts';
import { childPath, descriptorPath, openFlags } from './kernel.ts';
import { requireRegular } from './open-read.ts';
import { hasTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

const action = 'change the attributes';

/** chown(2) leaves an owner as it is for this number. */
const unchanged = -1;

export async function setLocalAttributes(
  tree: LocalTree,
  path: VirtualPath,
  attributes: Attributes,
  followSymlink: boolean,
): Promise<void> {
  checkAttributes(attributes, path);
  if (hasTemporaryName(path)) throw failure('not-found', action, path);
  const flags = followSymlink ? openFlags.place : openFlags.placeOfLink;
  await tree.jail.withOpen(path, flags, async (opened) => {
    const stats = fstatSync(opened);
    if (stats.isSymbolicLink()) return changeLink(tree, path, attributes, stats);
    return changeOpened(opened, attributes, path);
  });
}

/**
 * Changes what a descriptor stands for; the size first, because it changes the time, and the mode after the
 * owner, because a new owner takes set-user-ID away.
 */
export async function changeOpened(
  opened: number,
  attributes: Attributes,
  path?: VirtualPath,
): Promise<void> {
  const { mode, userId, groupId, size } = attributes;
  const place = descriptorPath(opened);
  if (size !== undefined) await truncateOpened(opened, size, path);
  if (userId !== undefined || groupId !== undefined) {
    await inBackground((done) => {
      chown(place, userId ?? unchanged, groupId ?? unchanged, done);
    });
  }
  if (mode !== undefined) {
    await inBackground((done) => {
      chmod(place, mode, done);
    });
  }
  const times = timesToSet(attributes, () => fstatSync(opened));
  if (times !== undefined) {
    await inBackground((done) => {
      utimes(place, times.accessed, times.modified, done);
    });
  }
}

/** Whether {@link changeOwnNow} can do it all. */
export function isSmallChange({ size, userId, groupId }: Attributes): boolean {
  return size === undefined && userId === undefined && groupId === undefined;
}

/** Changes mode and times of a file that is open for writing, in this thread: two changes of what is in memory. */
export function changeOwnNow(opened: number, attributes: Attributes): void {
  const { mode } = attributes;
  if (mode !== undefined) fchmodSync(opened, mode);
  const times = timesToSet(attributes, () => fstatSync(opened));
  if (times !== undefined) futimesSync(opened, times.accessed, times.modified);
}

async function truncateOpened(opened: number, size: number, path: VirtualPath | undefined): Promise<void> {
  if (path !== undefined) requireRegular(fstatSync(opened).mode, action, path);
  const writable = await answerInBackground<number>((done) => {
    open(descriptorPath(opened), openFlags.write, done);
  });
  try {
    await inBackground((done) => {
      ftruncate(writable, size, done);
    });
  } finally {
    closeSync(writable);
  }
}

/** Links are changed by name, with calls that never follow one; whatever is swapped in, it stays in its directory. */
async function changeLink(
  tree: LocalTree,
  path: VirtualPath,
  attributes: Attributes,
  stats: Stats,
): Promise<void> {
  const { mode, userId, groupId, size } = attributes;
  if (mode !== undefined) throw failure('not-supported', action, path);
  if (size !== undefined) throw failure('not-regular', action, path);
  await tree.jail.withPlace(path, action, async ({ directory, name }) => {
    const link = childPath(directory, name);
    if (userId !== undefined || groupId !== undefined) {
      await inBackground((done) => {
        lchown(link, userId ?? unchanged, groupId ?? unchanged, done);
      });
    }
    const times = timesToSet(attributes, () => stats);
    if (times !== undefined) {
      await inBackground((done) => {
        lutimes(link, times.accessed, times.modified, done);
      });
    }
  });
}

interface Times {
  readonly accessed: number | Date;
  readonly modified: number | Date;
}

/** Both times, since the call sets both; the one that was not given stays as it is. */
function timesToSet(
  { modifiedAt, accessedAt }: Attributes,
  current: () => Pick<Stats, 'atimeMs' | 'mtimeMs'>,
): Times | undefined {
  if (modifiedAt === undefined && accessedAt === undefined) return undefined;
  const now = modifiedAt === undefined || accessedAt === undefined ? current() : undefined;
  return {
    accessed: timeArgument(accessedAt ?? now?.atimeMs ?? 0),
    modified: timeArgument(modifiedAt ?? now?.mtimeMs ?? 0),
  };
}

/** Seconds with their fraction; Node reads a negative number as "now", so what lies before 1970 goes as a Date. */
function timeArgument(timeMs: number): number | Date {
  return timeMs < 0 ? new Date(timeMs) : timeMs / 1000;
}
