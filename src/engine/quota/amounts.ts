import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem, StatOptions } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { AccountUsage } from './account-usage.ts';
import type { Amount } from './amount.ts';

/** What takes no room. */
export const nothing: Amount = Object.freeze({ bytes: 0, files: 0 });

/**
 * What a name in the tree takes, and what is won when it goes: regular files only. A file of several names takes its
 * octets once, so one of its names takes none.
 */
export function amountOf(entry: Entry | null): Amount {
  if (entry?.type !== 'file') return nothing;
  return { bytes: (entry.links ?? 1) > 1 ? 0 : (entry.size ?? 0), files: 1 };
}

/** What a name took that is gone now, also where somebody is just writing into its file. */
export function lostAmount(usage: AccountUsage, entry: Entry | null, path: VirtualPath): Amount {
  const amount = amountOf(entry);
  if (entry?.type !== 'file' || (entry.links ?? 1) > 1) return amount;
  return { bytes: usage.growing.lose(identityOf(entry, path)) ?? amount.bytes, files: 1 };
}

/** What tells a file from all others; its path where the storage has nothing better. */
export function identityOf({ device, inode }: Entry, path: VirtualPath): string {
  return inode === null ? path : `${device ?? 0}:${inode}`;
}

/** An entry, or null where there is none. */
export async function statOrNull(
  tree: FileSystem,
  path: VirtualPath,
  options: StatOptions = { followSymlink: false },
): Promise<Entry | null> {
  try {
    return await tree.stat(path, options);
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'not-found') return null;
    throw thrown;
  }
}

/** What refuses a file that grows too long, in words that say how long it may be. */
export function tooLarge(largestFileBytes: number, path: VirtualPath): WherryError {
  return new WherryError('too-large', `A file may have at most ${largestFileBytes} octets here`, { path });
}
