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

/** Type bits of a mode by what they say; devices, sockets and pipes are all `other`. */
const typesByBits: ReadonlyMap<number, EntryType> = new Map([
  [0o100_000, 'file'],
  [0o040_000, 'directory'],
  [0o120_000, 'symlink'],
]);
const typeMask = 0o170_000;

/** ATTRS as they came: with the type where the mode has one, null where the peer told no mode. */
export interface ReadAttributes extends Attributes {
  readonly type: EntryType | null;
}

/**
 * Reads ATTRS (draft-ietf-secsh-filexfer-02 section 5). Times become milliseconds; the mode is split from its type.
 *
 * @throws WherryError `protocol` for unknown flags, whose fields could not be passed over
 */
export function readTypedAttributes(reader: SftpReader): ReadAttributes {
  const flags = reader.uint32();
  if ((flags & ~knownFlags) !== 0) throw new WherryError('protocol', 'The attributes have unknown flags');
  const attributes: { -readonly [Key in keyof ReadAttributes]: ReadAttributes[Key] } = { type: null };
  if ((flags & flag.size) !== 0) attributes.size = reader.uint64();
  if ((flags & flag.owner) !== 0) {
    attributes.userId = reader.uint32();
    attributes.groupId = reader.uint32();
  }
  if ((flags & flag.permissions) !== 0) {
    const mode = reader.uint32();
    attributes.mode = mode & permissionBits;
    // Some servers send permissions alone: then it is not known what the entry is.
    if ((mode & typeMask) !== 0) attributes.type = typesByBits.get(mode & typeMask) ?? 'other';
  }
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

/**
 * Reads ATTRS that a client wants to set; a type among them means nothing.
 *
 * @throws WherryError as {@link readTypedAttributes}
 */
export function readAttributes(reader: SftpReader): Attributes {
  const { type: _type, ...attributes } = readTypedAttributes(reader);
  return attributes;
}

/** Writes ATTRS that change what is named and leave the rest; times and owners go in pairs, so both must be there. */
export function writeAttributeChanges(writer: SftpWriter, changes: Attributes): void {
  const { size, userId, groupId, mode, modifiedAt, accessedAt } = changes;
  const hasOwner = userId !== undefined && groupId !== undefined;
  const hasTimes = modifiedAt !== undefined && accessedAt !== undefined;
  let flags = 0;
  if (size !== undefined) flags |= flag.size;
  if (hasOwner) flags |= flag.owner;
  if (mode !== undefined) flags |= flag.permissions;
  if (hasTimes) flags |= flag.times;
  writer.uint32(flags);
  if (size !== undefined) writer.uint64(size);
  if (hasOwner) writer.uint32(userId).uint32(groupId);
  if (mode !== undefined) writer.uint32(mode);
  if (hasTimes) writer.uint32(wireTime(accessedAt)).uint32(wireTime(modifiedAt));
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
