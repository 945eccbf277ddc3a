import type { Entry, EntryType } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { Attributes } from '#core/file-system.ts';
import type { SftpReader } from './sftp-reader.ts';
import type { SftpWriter } from './sftp-writer.ts';

const flag = Object.freeze({ size: 1, owner: 2, permissions: 4, times: 8, extended: 0x8000_0000 });
const knownFlags = flag.size | flag.owner | flag.permissions | flag.times | flag.extended;

/** Type bits of a mode (POSIX sys/stat.h). */
const typeBits: Readonly<Record<EntryType, number>> = {
  file: 0o100_000,
  directory: 0o040_000,
  symlink: 0o120_000,
  other: 0o060_000,
};
/** What a mode says where the storage has none. */
const assumedModes: Readonly<Record<EntryType, number>> = {
  file: 0o644,
  directory: 0o755,
  symlink: 0o777,
  other: 0o644,
};
const permissionBits = 0o7777;
const largestTime = 0xffff_ffff;

/**
 * Reads ATTRS (draft-ietf-secsh-filexfer-02 section 5). Times become milliseconds; type bits of the mode are dropped.
 *
 * @throws WherryError `protocol` for unknown flags, whose fields could not be passed over
 */
export function readAttributes(reader: SftpReader): Attributes {
  const flags = reader.uint32();
  if ((flags & ~knownFlags) !== 0) throw new WherryError('protocol', 'The attributes have unknown flags');
  const attributes: { -readonly [Key in keyof Attributes]: Attributes[Key] } = {};
  if ((flags & flag.size) !== 0) attributes.size = reader.uint64();
  if ((flags & flag.owner) !== 0) {
    attributes.userId = reader.uint32();
    attributes.groupId = reader.uint32();
  }
  if ((flags & flag.permissions) !== 0) attributes.mode = reader.uint32() & permissionBits;
  if ((flags & flag.times) !== 0) {
    attributes.accessedAt = reader.uint32() * 1000;
    attributes.modifiedAt = reader.uint32() * 1000;
  }
  if ((flags & flag.extended) !== 0) {
    for (let count = reader.uint32(); count > 0; count -= 1) {
      reader.string();
      reader.string();
    }
  }
  return attributes;
}

/** Seconds since 1970 as 32 bits carry them: before 1970 becomes 0, after 2106 the last moment. */
export function wireTime(milliseconds: number): number {
  return Math.min(Math.max(Math.floor(milliseconds / 1000), 0), largestTime);
}

/** The mode with its type bits, assumed where the storage tells none. */
export function modeOf(entry: Entry): number {
  return typeBits[entry.type] | (entry.mode ?? assumedModes[entry.type]);
}

/** Writes what is known of an entry as ATTRS. */
export function writeAttributes(writer: SftpWriter, entry: Entry): void {
  const { size, userId, groupId, modifiedAt, accessedAt } = entry;
  const hasOwner = userId !== null && groupId !== null;
  let flags: number = flag.permissions;
  if (size !== null) flags |= flag.size;
  if (hasOwner) flags |= flag.owner;
  if (modifiedAt !== null) flags |= flag.times;
  writer.uint32(flags);
  if (size !== null) writer.uint64(size);
  if (hasOwner) writer.uint32(userId).uint32(groupId);
  writer.uint32(modeOf(entry));
  if (modifiedAt !== null) writer.uint32(wireTime(accessedAt ?? modifiedAt)).uint32(wireTime(modifiedAt));
}

/** Writes ATTRS that say nothing. */
export function writeNoAttributes(writer: SftpWriter): void {
  writer.uint32(0);
}
