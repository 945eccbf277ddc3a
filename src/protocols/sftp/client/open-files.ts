import { randomUUID } from 'node:crypto';
import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { OpenReadOptions, OpenWriteOptions } from '#core/file-system.ts';
import { printableName } from '#core/name-encoding.ts';
import { joinName, nameOf, parentOf, type VirtualPath } from '#core/virtual-path.ts';
import { writeAttributeChanges, type ReadAttributes } from '../wire/attributes.ts';
import { openFlag, packetType } from '../wire/packet-types.ts';
import { entryOf, handleAnswer, wirePath } from './answers.ts';
import type { NameRequests } from './name-requests.ts';
import { endingWith, inPlace, moveInto, moveIntoFree, type Publication } from './publication.ts';
import { SftpReadHandle } from './read-handle.ts';
import { RemoteFile, type SftpSession } from './remote-file.ts';
import { SftpWriteHandle } from './write-handle.ts';

/** How the names begin under which files grow at the server until they are complete. */
export const temporaryPrefix = '.wherry-sending-';

const replaceFlags = openFlag.write | openFlag.create | openFlag.truncate;
const newFlags = openFlag.write | openFlag.create | openFlag.exclusive;

interface OpenRequest {
  readonly path: VirtualPath;
  readonly flags: number;
  readonly mode?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A file that nobody waits for any more is removed again. */
  readonly removeIfLate?: boolean;
}

/** Opens files of the server. */
export class OpenFiles {
  readonly #session: SftpSession;
  readonly #names: NameRequests;
  readonly #uploadInPlace: boolean;
  /** What is being updated: one writer at a time, which servers that let several handles in do not see to. */
  readonly #updated = new Set<VirtualPath>();

  constructor(session: SftpSession, names: NameRequests, uploadInPlace: boolean) {
    this.#session = session;
    this.#names = names;
    this.#uploadInPlace = uploadInPlace;
  }

  async read(path: VirtualPath, { entry, signal }: OpenReadOptions = {}): Promise<SftpReadHandle> {
    this.#say('OPEN', path, 'for reading');
    const listed = entry === undefined ? null : await this.#readListed(path, entry, signal);
    return listed ?? this.#readExamined(path, signal);
  }

  /**
   * Of a small file that a listing has told of the octets are asked for, and nothing else: how many come says whether it
   * still is what was listed. Null where it is not, or where anything else goes wrong, and for large files.
   */
  async #readListed(
    path: VirtualPath,
    entry: Entry,
    signal: AbortSignal | undefined,
  ): Promise<SftpReadHandle | null> {
    const { type, size } = entry;
    if (type !== 'file' || size === null || size >= this.#session.transferLengths.read) return null;
    let handle: SftpReadHandle | null = null;
    try {
      handle = new SftpReadHandle(await this.#open({ path, flags: openFlag.read, signal }), entry);
      if (await handle.fetch(signal)) return handle;
    } catch {
      // Whoever asks for everything learns what it is.
    }
    handle?.close();
    return null;
  }

  /** OPEN and STAT go out together, so that a file costs one round trip before its first READ. */
  async #readExamined(path: VirtualPath, signal: AbortSignal | undefined): Promise<SftpReadHandle> {
    const [opened, examined] = await Promise.allSettled([
      this.#open({ path, flags: openFlag.read, signal }),
      this.#names.attributes(path, true, { signal }),
    ]);
    if (opened.status === 'rejected') {
      const kind = examined.status === 'fulfilled' ? examined.value.type : null;
      throw kind === 'directory' ? isDirectory(path) : opened.reason;
    }
    const file = opened.value;
    try {
      const attributes = examined.status === 'fulfilled' ? examined.value : await file.stat();
      if (attributes.type === 'directory') throw isDirectory(path);
      if (attributes.type === 'other') {
        throw new WherryError('not-regular', 'Cannot open the file: it is not a regular file', { path });
      }
      return new SftpReadHandle(file, entryOf(nameOf(path), attributes));
    } catch (thrown) {
      file.close().catch(() => undefined);
      throw toWherryError(thrown, 'open the file');
    }
  }

  async write(path: VirtualPath, options: OpenWriteOptions = {}): Promise<SftpWriteHandle> {
    const { disposition = 'replace', readable = false, absent = false, mode, signal } = options;
    if (readable && disposition !== 'update') {
      throw new WherryError('invalid-argument', 'Only a file that is updated can be read as well', { path });
    }
    this.#say('OPEN', path, `to ${disposition}`);
    if (disposition === 'update') return this.#update(path, { readable, mode, signal });
    const exclusive = disposition === 'create';
    if (this.#uploadInPlace) return this.#inPlace(path, { exclusive, mode, signal });
    if (absent && !exclusive && this.#session.features.has('posix-rename@openssh.com')) {
      const upload = await this.#uploadToFree(path, { mode, signal });
      if (upload !== null) return upload;
    }
    return this.#upload(path, { exclusive, mode, signal });
  }

  async #update(
    path: VirtualPath,
    options: {
      readonly readable: boolean;
      readonly mode: number | undefined;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<SftpWriteHandle> {
    const { readable, mode, signal } = options;
    if (this.#updated.has(path)) {
      throw new WherryError('busy', 'Cannot open the file: it is being written already', { path });
    }
    this.#updated.add(path);
    const ended = (): void => void this.#updated.delete(path);
    const flags = openFlag.write | openFlag.create | (readable ? openFlag.read : 0);
    let file: RemoteFile | null = null;
    try {
      file = await this.#openExplained({ path, flags, mode, signal });
      const { size = 0 } = await file.stat();
      const publication = endingWith(ended, inPlace(this.#names, path, false));
      return handleOf(file, publication, { initialSize: size, readable });
    } catch (thrown) {
      ended();
      file?.close().catch(() => undefined);
      throw toWherryError(thrown, 'open the file');
    }
  }

  async #inPlace(
    path: VirtualPath,
    options: {
      readonly exclusive: boolean;
      readonly mode: number | undefined;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<SftpWriteHandle> {
    const { exclusive, mode, signal } = options;
    const file = await this.#openExplained({
      path,
      flags: exclusive ? newFlags : replaceFlags,
      mode,
      signal,
    });
    return handleOf(file, inPlace(this.#names, path, true));
  }

  /** Writes under a name that nobody looks for, beside the one it is to get. */
  async #upload(
    path: VirtualPath,
    options: {
      readonly exclusive: boolean;
      readonly mode: number | undefined;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<SftpWriteHandle> {
    const { exclusive, mode, signal } = options;
    const temporary = temporaryNameFor(path);
    // What the name stands for is learnt in the same round trip.
    const [opened, older] = await Promise.allSettled([
      this.#open({ path: temporary, flags: newFlags, mode, signal, removeIfLate: true }),
      this.#names.peek(path),
    ]);
    const old = older.status === 'fulfilled' ? older.value : null;
    const giveUp = async (): Promise<void> => {
      if (opened.status === 'rejected') return;
      await opened.value.close().catch(() => undefined);
      await this.#names.removeFile(temporary).catch(() => undefined);
    };
    const objection = objectionTo(path, old, exclusive);
    if (objection !== null) {
      await giveUp();
      throw objection;
    }
    if (old?.type === 'symlink') {
      await giveUp();
      return this.#throughLink(path, options);
    }
    if (opened.status === 'rejected') {
      const error = toWherryError(opened.reason, 'open the file');
      if (error.code !== 'permission' || old === null) throw atPath(error, path);
      this.#session.say(`${printableName(path)} is written in place: its directory takes no new names`);
      return this.#inPlace(path, options);
    }
    const file = opened.value;
    // The new file is as private as the old one before anything is in it; a server that refuses keeps its default.
    if (old?.mode !== undefined) file.setAttributes({ mode: old.mode & 0o777 }).catch(() => undefined);
    return handleOf(file, moveInto(this.#names, temporary, { path, overwrite: !exclusive }));
  }

  /**
   * As {@link OpenFiles.#upload} for a name that a listing has just shown to be free; RENAME tells in the end whether it
   * still is. Null where no file can be made beside it.
   */
  async #uploadToFree(
    path: VirtualPath,
    options: { readonly mode: number | undefined; readonly signal: AbortSignal | undefined },
  ): Promise<SftpWriteHandle | null> {
    const temporary = temporaryNameFor(path);
    try {
      const file = await this.#open({ path: temporary, flags: newFlags, removeIfLate: true, ...options });
      return handleOf(file, moveIntoFree(this.#names, temporary, path));
    } catch {
      // Whoever looks at the place learns why.
      return null;
    }
  }

  /** A link stays: what it leads to is replaced, or made where it leads to nothing yet. */
  async #throughLink(
    path: VirtualPath,
    options: {
      readonly exclusive: boolean;
      readonly mode: number | undefined;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<SftpWriteHandle> {
    const real = await this.#names.realPath(path, { signal: options.signal }).catch(() => null);
    const found = real === null ? null : await this.#names.peek(real);
    if (real === null || real === path || found?.type === 'symlink') return this.#inPlace(path, options);
    return this.#upload(real, options);
  }

  /** Opens, and looks at the place when the server's FAILURE says nothing. */
  async #openExplained(request: OpenRequest): Promise<RemoteFile> {
    try {
      return await this.#open(request);
    } catch (thrown) {
      const error = toWherryError(thrown, 'open the file', request.path);
      if (error.code !== 'io' && error.code !== 'permission') throw error;
      const found = await this.#names.peek(request.path, true);
      const exclusive = (request.flags & openFlag.exclusive) !== 0;
      throw objectionTo(request.path, found, exclusive) ?? error;
    }
  }

  #open({ path, flags, mode, signal, removeIfLate = false }: OpenRequest): Promise<RemoteFile> {
    const session = this.#session;
    const read = handleAnswer({ action: 'open the file', path });
    return session.requests.ask(
      {
        type: packetType.open,
        fields: (writer) => {
          writeAttributeChanges(
            writer.string(wirePath(path)).uint32(flags),
            mode === undefined ? {} : { mode },
          );
        },
      },
      (type, reader) => new RemoteFile(session, read(type, reader), path),
      {
        signal,
        onLate: (file) => {
          file.close().catch(() => undefined);
          if (removeIfLate) this.#names.removeFile(path).catch(() => undefined);
        },
      },
    );
  }

  #say(verb: string, path: VirtualPath, more: string): void {
    this.#session.say(`${verb} ${printableName(path)} ${more}`);
  }
}

/** A name that nobody looks for or can guess, beside the one that it stands in for. */
function temporaryNameFor(path: VirtualPath): VirtualPath {
  return joinName(parentOf(path), temporaryPrefix + randomUUID());
}

function handleOf(
  file: RemoteFile,
  publication: Publication,
  options: { readonly initialSize: number; readonly readable: boolean } = { initialSize: 0, readable: false },
): SftpWriteHandle {
  return new SftpWriteHandle(file, { ...options, publication });
}

/** Why a file cannot be written where this stands; null when it can. */
function objectionTo(
  path: VirtualPath,
  found: ReadAttributes | null,
  exclusive: boolean,
): WherryError | null {
  if (found === null) return null;
  if (exclusive) return new WherryError('exists', 'Cannot open the file: it exists already', { path });
  if (found.type === 'directory') return isDirectory(path);
  if (found.type !== 'other') return null;
  return new WherryError('not-regular', 'Cannot open the file: it is not a regular file', { path });
}

function isDirectory(path: VirtualPath): WherryError {
  return new WherryError('is-directory', 'Cannot open the file: it is a directory', { path });
}

/** The same error about the file that was meant, not about its temporary name. */
function atPath(error: WherryError, path: VirtualPath): WherryError {
  return new WherryError(error.code, error.message, {
    path,
    cause: error,
    ...(error.status === undefined ? {} : { status: error.status }),
  });
}
