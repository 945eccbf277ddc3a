import type { Entry, EntryType } from '#core/entry.ts';

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

/** An entry of which only this is known. */
export function bareEntry(name: string, type: EntryType, known: Partial<Entry> = {}): Entry {
  return { name, type, ...nothingKnown, ...known };
}
