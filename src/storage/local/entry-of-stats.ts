import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import type { Entry, EntryType } from '#core/entry.ts';
import type { KnownOwners } from './owners.ts';

const types: Readonly<Record<number, EntryType>> = {
  [constants.S_IFREG]: 'file',
  [constants.S_IFDIR]: 'directory',
  [constants.S_IFLNK]: 'symlink',
};

/** What a raw `st_mode` says of the kind of an entry. */
export function typeOfMode(mode: number): EntryType {
  return types[mode & constants.S_IFMT] ?? 'other';
}

/** What of `struct stat` an entry is made from; times in milliseconds. */
export type StatFields = Pick<
  Stats,
  'mode' | 'size' | 'mtimeMs' | 'atimeMs' | 'birthtimeMs' | 'uid' | 'gid' | 'nlink' | 'dev' | 'ino'
>;

export interface EntryExtras {
  readonly name: string;
  readonly linkTarget: string | null;
  readonly owners: KnownOwners;
}

export function entryOfStats(stats: StatFields, { name, linkTarget, owners }: EntryExtras): Entry {
  return {
    name,
    type: typeOfMode(stats.mode),
    size: stats.size,
    modifiedAt: stats.mtimeMs,
    modifiedPrecision: stats.mtimeMs % 1000 === 0 ? 'second' : 'subsecond',
    accessedAt: stats.atimeMs,
    createdAt: stats.birthtimeMs === 0 ? null : stats.birthtimeMs,
    mode: stats.mode & 0o7777,
    userId: stats.uid,
    groupId: stats.gid,
    owner: owners.userName(stats.uid),
    group: owners.groupName(stats.gid),
    links: stats.nlink,
    device: stats.dev,
    inode: stats.ino,
    linkTarget,
  };
}
