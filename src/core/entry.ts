/** What a name in a directory stands for. `other` is a device, a socket or a pipe. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** How exactly a time is known; a listing of a remote server may say no more than the year. */
export type TimePrecision = 'year' | 'day' | 'minute' | 'second' | 'subsecond';

/** A file, directory or link as a listing or a stat tells of it. What the source did not say is null. */
export interface Entry {
  /** The last component of the path, as `decodeName` makes it. */
  readonly name: string;
  readonly type: EntryType;
  /** Octets. */
  readonly size: number | null;
  /** Milliseconds since 1970 in UTC, with a fraction where the source has one. */
  readonly modifiedAt: number | null;
  readonly modifiedPrecision: TimePrecision | null;
  /** Milliseconds since 1970 in UTC. */
  readonly accessedAt: number | null;
  /** When the file was made (birth time), milliseconds since 1970 in UTC. */
  readonly createdAt: number | null;
  /** Permission bits with set-uid, set-gid and sticky: 0 to 0o7777. */
  readonly mode: number | null;
  readonly userId: number | null;
  readonly groupId: number | null;
  readonly owner: string | null;
  readonly group: string | null;
  readonly links: number | null;
  /** Numbers that together are equal for hard links of one file and for nothing else. */
  readonly device: number | null;
  readonly inode: number | null;
  /** The text of a symbolic link as stored; null for everything else. */
  readonly linkTarget: string | null;
}

const nothingKnown: Omit<Entry, 'name' | 'type'> = {
  size: null,
  modifiedAt: null,
  modifiedPrecision: null,
  accessedAt: null,
  createdAt: null,
  mode: null,
  userId: null,
  groupId: null,
  owner: null,
  group: null,
  links: null,
  device: null,
  inode: null,
  linkTarget: null,
};

/** An entry of which only its name, its type and what `known` says are known. */
export function bareEntry(name: string, type: EntryType, known: Partial<Entry> = {}): Entry {
  return { name, type, ...nothingKnown, ...known };
}
