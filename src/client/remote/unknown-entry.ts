import type { Entry, EntryType } from '#core/entry.ts';

/** An entry of which nothing is known but its name and what it is. */
export function unknownEntry(name: string, type: EntryType): Entry {
  return {
    name,
    type,
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
}
