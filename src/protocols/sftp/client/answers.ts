import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import { decodeName, encodeName } from '#core/name-encoding.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { keepBytes } from '#protocols/ssh/wire/keep-bytes.ts';
import { readTypedAttributes, type ReadAttributes } from '../wire/attributes.ts';
import { packetType, status } from '../wire/packet-types.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';
import { errorOfStatus, readStatus, type Attempted } from './status-errors.ts';

/** Reads one kind of answer; anything else is an error. */
export type ReadAnswer<T> = (type: number, reader: SftpReader) => T;

/** Longest handle (draft-ietf-secsh-filexfer-02 section 4). */
const maximumHandle = 256;

function reading<T>(wanted: number, attempted: Attempted, read: (reader: SftpReader) => T): ReadAnswer<T> {
  return (type, reader) => {
    if (type === wanted) return read(reader);
    if (type !== packetType.status) throw wrongAnswer();
    const said = readStatus(reader);
    if (said.code === status.ok) throw wrongAnswer();
    throw errorOfStatus(said, attempted);
  };
}

function wrongAnswer(): WherryError {
  return new WherryError('protocol', 'The server sent an answer of the wrong kind');
}

/** STATUS OK, or the error that it is. */
export function statusAnswer(attempted: Attempted): ReadAnswer<void> {
  return (type, reader) => {
    if (type !== packetType.status) throw wrongAnswer();
    const said = readStatus(reader);
    if (said.code !== status.ok) throw errorOfStatus(said, attempted);
  };
}

/** HANDLE. */
export function handleAnswer(attempted: Attempted): ReadAnswer<Buffer> {
  return reading(packetType.handle, attempted, (reader) => {
    const handle = reader.string();
    if (handle.length > maximumHandle) throw new WherryError('protocol', 'The server sent too long a handle');
    return keepBytes(handle);
  });
}

/** ATTRS. */
export function attributesAnswer(attempted: Attempted): ReadAnswer<ReadAttributes> {
  return reading(packetType.attributes, attempted, readTypedAttributes);
}

/** EXTENDED_REPLY, whose fields are read by `read`. */
export function extendedAnswer<T>(attempted: Attempted, read: (reader: SftpReader) => T): ReadAnswer<T> {
  return reading(packetType.extendedReply, attempted, read);
}

/** NAME with exactly one name (REALPATH, READLINK). */
export function nameAnswer(attempted: Attempted): ReadAnswer<string> {
  return reading(packetType.name, attempted, (reader) => {
    if (reader.uint32() !== 1) throw wrongAnswer();
    return decodeName(reader.string());
  });
}

/** A name of a directory with what the server tells of it. */
export interface ListedName {
  readonly name: string;
  readonly attributes: ReadAttributes;
}

/** NAME of a READDIR; null at the end of the directory. */
export function listingAnswer(attempted: Attempted): ReadAnswer<readonly ListedName[] | null> {
  return (type, reader) => {
    if (type === packetType.status) {
      const said = readStatus(reader);
      if (said.code === status.endOfFile) return null;
      throw errorOfStatus(said, attempted);
    }
    if (type !== packetType.name) throw wrongAnswer();
    const names: ListedName[] = [];
    for (let left = reader.uint32(); left > 0; left -= 1) {
      const name = decodeName(reader.string());
      // The line for people; nothing in it that the attributes do not say better.
      reader.string();
      names.push({ name, attributes: readTypedAttributes(reader) });
    }
    return names;
  };
}

/** The octets of a path as they go over the wire. */
export function wirePath(path: VirtualPath | string): Buffer {
  return encodeName(path);
}

/** An entry from what a server tells of it. */
export function entryOf(name: string, attributes: ReadAttributes, linkTarget: string | null = null): Entry {
  const { type, size, modifiedAt, accessedAt, mode, userId, groupId } = attributes;
  return {
    name,
    type: type ?? 'file',
    size: size ?? null,
    modifiedAt: modifiedAt ?? null,
    modifiedPrecision: modifiedAt === undefined ? null : 'second',
    accessedAt: accessedAt ?? null,
    createdAt: null,
    mode: mode ?? null,
    userId: userId ?? null,
    groupId: groupId ?? null,
    owner: null,
    group: null,
    links: null,
    device: null,
    inode: null,
    linkTarget,
  };
}
