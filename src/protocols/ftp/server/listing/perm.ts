import type { Account } from '#core/account.ts';
import type { Entry, EntryType } from '#core/entry.ts';
import type { Permission } from '#core/permission.ts';
import { joinName, parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { formatRights, type EntryRole, type FactRights } from '../../wire/facts.ts';

/** Which permission bits count for this process: it may own the entry, share its group, or neither. */
export interface ProcessIdentity {
  readonly userId: number | null;
  readonly groupIds: readonly number[];
}

/** Whom the files are opened as; null where the system has no users. */
export function currentIdentity(): ProcessIdentity {
  return { userId: process.geteuid?.() ?? null, groupIds: process.getgroups?.() ?? [] };
}

/** What the letters of the `perm` fact are worked out from. */
export interface PermSource {
  readonly account: Account;
  /** The directory whose entries are told of. */
  readonly directory: VirtualPath;
  /** That directory as it stands; null when it cannot be seen, and is then taken for writable. */
  readonly directoryEntry: Entry | null;
  readonly identity: ProcessIdentity;
}

const read = 4;
const write = 2;
const execute = 1;

/**
 * The three permission bits of an entry that hold for this process. For root they are the owner's: root could do
 * more, but a file that its owner has made read-only is meant to be. Storage that knows no users has no bits of
 * its own to enforce, so that there too the owner's count.
 */
export function effectiveBits(entry: Entry, { userId, groupIds }: ProcessIdentity): number {
  const { mode } = entry;
  if (mode === null) return read | write | execute;
  const stranger = userId !== null && userId !== 0 && entry.owner !== null && entry.userId !== userId;
  if (!stranger) return (mode >> 6) & 7;
  return entry.groupId !== null && groupIds.includes(entry.groupId) ? (mode >> 3) & 7 : mode & 7;
}

/** An ordinary name that stands for what may come into a directory. */
const newName = 'new';

const typeNumbers: Readonly<Record<EntryType, number>> = { file: 0, directory: 1, symlink: 2, other: 3 };
const roleNumbers: Readonly<Record<EntryRole, number>> = { entry: 0, current: 1, parent: 2 };

/**
 * Makes the function that tells the letters of the `perm` fact for the entries of one directory: what the account
 * may do there, less what the permission bits forbid. A policy that is the same everywhere is asked once for each
 * combination of type and bits; any other is asked about each entry.
 *
 * A directory in a listing never has the letter `d`, which RFC 3659 section 7.5.5 keeps for empty ones: whether it
 * is empty cannot be told without reading it, and MLST, which names one directory, does tell.
 */
export function createPermOf(source: PermSource): (entry: Entry, role: EntryRole) => string {
  const { account, directory, directoryEntry, identity } = source;
  const inWritable = directoryEntry === null || isWritableDirectory(directoryEntry, identity);
  const lettersFor = (entry: Entry, role: EntryRole): string => {
    const path = pathOf(directory, entry, role);
    return lettersOf(account, path, { entry, role, inWritable, identity, empty: false });
  };
  if (account.access.uniform !== true) return lettersFor;
  const known: (string | undefined)[] = [];
  return (entry, role) => {
    const key = (roleNumbers[role] * 4 + typeNumbers[entry.type]) * 8 + effectiveBits(entry, identity);
    return (known[key] ??= lettersFor(entry, role));
  };
}

/** The letters for one entry by itself, as MLST tells them. `empty` says that it is a directory without entries. */
export function permOfOne(
  { account, directoryEntry, identity }: Omit<PermSource, 'directory'>,
  path: VirtualPath,
  { entry, empty }: { readonly entry: Entry; readonly empty: boolean },
): string {
  const inWritable = directoryEntry === null || isWritableDirectory(directoryEntry, identity);
  const role = path === rootPath ? 'current' : 'entry';
  return lettersOf(account, path, { entry, role, inWritable, identity, empty });
}

function pathOf(directory: VirtualPath, entry: Entry, role: EntryRole): VirtualPath {
  if (role === 'current') return directory;
  return role === 'parent' ? parentOf(directory) : joinName(directory, entry.name);
}

function isWritableDirectory(entry: Entry, identity: ProcessIdentity): boolean {
  const needed = write | execute;
  return (effectiveBits(entry, identity) & needed) === needed;
}

interface Situation {
  readonly entry: Entry;
  readonly role: EntryRole;
  /** Whether the directory that holds the entry lets its entries change. */
  readonly inWritable: boolean;
  readonly identity: ProcessIdentity;
  readonly empty: boolean;
}

function lettersOf(account: Account, path: VirtualPath, situation: Situation): string {
  const may = (permission: Permission, at = path): boolean => account.access.decide(permission, at).allowed;
  return formatRights(rightsOf(may, path, situation));
}

function rightsOf(
  may: (permission: Permission, at?: VirtualPath) => boolean,
  path: VirtualPath,
  { entry, role, inWritable, identity, empty }: Situation,
): FactRights {
  const bits = effectiveBits(entry, identity);
  const movable = inWritable && role === 'entry';
  const rename = movable && may('rename');
  if (entry.type === 'directory') {
    const child = joinName(path, newName);
    const changeable = isWritableDirectory(entry, identity);
    return {
      create: changeable && may('upload', child),
      delete: movable && empty && may('remove-directory'),
      enter: (bits & execute) !== 0 && may('list'),
      rename,
      list: (bits & read) !== 0 && may('list'),
      makeDirectory: changeable && may('make-directory', child),
      purge: changeable && may('delete', child),
    };
  }
  const remove = movable && may('delete');
  if (entry.type !== 'file') return { delete: remove, rename };
  const writable = (bits & write) !== 0;
  return {
    append: writable && (may('append') || (may('upload') && may('overwrite'))),
    delete: remove,
    rename,
    retrieve: (bits & read) !== 0 && may('download'),
    write: writable && may('overwrite'),
  };
}
