import type { Entry } from '#core/entry.ts';
import type { FileSystem } from '#core/file-system.ts';
import { WherryError } from '#core/errors.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';
import type { EntryRecord } from '../../../contract/page/files.ts';

/** An entry as the contract tells of it: what is not known is left out. */
export function entryRecord(entry: Entry): EntryRecord {
  const record: Record<string, unknown> = { name: entry.name, type: entry.type };
  for (const field of optionalFields) if (entry[field] !== null) record[field] = entry[field];
  return record as unknown as EntryRecord;
}

const optionalFields = [
  'size',
  'modifiedAt',
  'modifiedPrecision',
  'accessedAt',
  'createdAt',
  'mode',
  'owner',
  'group',
  'userId',
  'groupId',
  'links',
  'linkTarget',
] as const satisfies readonly (keyof Entry)[];

/** Links of one directory that are followed; far servers are asked for each, and nobody looks at thousands. */
const maximumFollowed = 256;

/** Entries of a directory, with what their links lead to. */
export async function entryRecords(
  fileSystem: FileSystem,
  directory: VirtualPath,
  entries: readonly Entry[],
): Promise<readonly EntryRecord[]> {
  const records = entries.map(entryRecord);
  const links = records
    .flatMap(({ type }, index) => (type === 'symlink' ? [index] : []))
    .slice(0, maximumFollowed);
  await Promise.all(
    links.map(async (index) => {
      const record = records[index];
      if (record !== undefined)
        records[index] = { ...record, linkType: await leadsTo(fileSystem, directory, record) };
    }),
  );
  return records;
}

async function leadsTo(
  fileSystem: FileSystem,
  directory: VirtualPath,
  { name }: EntryRecord,
): Promise<NonNullable<EntryRecord['linkType']>> {
  try {
    const { type } = await fileSystem.stat(joinName(directory, name));
    return type === 'symlink' ? 'dangling' : type;
  } catch (error) {
    if (error instanceof WherryError) return 'dangling';
    throw error;
  }
}
