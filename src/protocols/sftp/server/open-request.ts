import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import type { FileSystem, OpenWriteOptions } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { readAttributes } from '../wire/attributes.ts';
import { openFlag, packetType } from '../wire/packet-types.ts';
import { identityOf, InPlaceFile } from './in-place-file.ts';
import { OpenFile, type OpenedFile } from './open-file.ts';
import { reply, type Reply } from './replies.ts';
import type { RequestRow } from './request-row.ts';
import type { SftpSession } from './sftp-session.ts';

/** Flags with which OPEN may change something. */
const changing = openFlag.write | openFlag.append | openFlag.create | openFlag.truncate;

/**
 * Names by which clients themselves say that a file is not whole yet: WinSCP's and KDE's. They look for what is left of it
 * after a break, and rename it when it is whole.
 */
const marksUnfinished = /\.(?:filepart|part)$/iu;

interface OpenArguments {
  readonly path: VirtualPath;
  readonly flags: number;
  readonly mode: number | undefined;
}

/** OPEN (draft-ietf-secsh-filexfer-02 section 6.3); flags mean what OpenSSH makes of them. */
export const openRequest: RequestRow = {
  name: 'OPEN',
  writes: true,
  prepare(session, reader) {
    const path = session.path(reader.string());
    const flags = reader.uint32();
    const { mode } = readAttributes(reader);
    const run = (): Promise<Reply> => openAndKeep(session, { path, flags, mode });
    return has(flags, changing) ? session.change(run) : session.look(run);
  },
};

function has(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

async function openAndKeep(session: SftpSession, request: OpenArguments): Promise<Reply> {
  session.handles.reserve();
  let file: OpenFile;
  try {
    const opened = await open(session, request);
    const digest = session.createDigest(opened.kind === 'read' ? 'download' : 'upload');
    file = new OpenFile(request.path, opened, digest);
  } catch (thrown) {
    session.handles.cancel();
    throw thrown;
  }
  const handle = session.handles.add(file);
  session.reportStart(file);
  return reply(packetType.handle, (writer) => writer.string(handle));
}

async function open(session: SftpSession, request: OpenArguments): Promise<OpenedFile> {
  const { fileSystem, handles } = session;
  const { path, flags } = request;
  const writes = has(flags, openFlag.write) || has(flags, openFlag.append);
  const replaces = has(flags, openFlag.truncate) && !has(flags, openFlag.read);
  // Whoever opens the name of his own hidden upload again means that very file.
  if (!replaces) await handles.hiddenUpload(path)?.publish(fileSystem);
  if (!writes) {
    if (has(flags, openFlag.create | openFlag.truncate)) await prepareForReading(fileSystem, request);
    return { kind: 'read', handle: await fileSystem.openRead(path) };
  }
  const readable = has(flags, openFlag.read);
  const append = has(flags, openFlag.append);
  const exclusive = has(flags, openFlag.create) && has(flags, openFlag.exclusive);
  if (!has(flags, openFlag.create)) await requireFile(fileSystem, path);
  const replacing = !readable && !append && (exclusive || has(flags, openFlag.truncate));
  const hidden = replacing && !marksUnfinished.test(path);
  if (hidden) {
    const handle = await fileSystem.openWrite(path, creation(request, exclusive ? 'create' : 'replace'));
    return { kind: 'write', handle, inPlace: null, append, readable };
  }
  const inPlace = await openInPlace(session, request, exclusive);
  return { kind: 'write', handle: inPlace.handle, inPlace, append, readable };
}

/** What open(2) does for CREAT, EXCL and TRUNC of a file that is then only read. */
async function prepareForReading(fileSystem: FileSystem, request: OpenArguments): Promise<void> {
  const { path, flags } = request;
  const creates = has(flags, openFlag.create);
  const exclusive = creates && has(flags, openFlag.exclusive);
  const truncates = has(flags, openFlag.truncate);
  if (!creates) await requireFile(fileSystem, path);
  else if (!exclusive && !truncates && (await entryAt(fileSystem, path)) !== null) return;
  const disposition = exclusive ? 'create' : 'update';
  const handle = await fileSystem.openWrite(path, creation(request, disposition));
  try {
    if (truncates) await handle.truncate(0);
  } catch (thrown) {
    await handle.abort();
    throw thrown;
  }
  await handle.finish();
}

async function openInPlace(
  session: SftpSession,
  request: OpenArguments,
  exclusive: boolean,
): Promise<InPlaceFile> {
  const { fileSystem } = session;
  const { path, flags } = request;
  // A file that is read while it is written cannot stay hidden; an empty one takes the name at once.
  if (exclusive) await (await fileSystem.openWrite(path, creation(request, 'create'))).finish();
  const readable = has(flags, openFlag.read);
  const inPlace =
    (await shareOwn(session, path, readable)) ??
    (await openUpdate(fileSystem, path, { ...creation(request, 'update'), readable }));
  try {
    if (has(flags, openFlag.truncate)) {
      await inPlace.handle.truncate(0);
      inPlace.end = 0;
    }
  } catch (thrown) {
    await inPlace.release('abort');
    throw thrown;
  }
  return inPlace;
}

/** The client's own file, when it has this one open for writing already; it is made readable where that is asked for. */
async function shareOwn(
  { handles, fileSystem }: SftpSession,
  path: VirtualPath,
  readable: boolean,
): Promise<InPlaceFile | null> {
  const own = handles.inPlaceAt(path);
  const entry = own.length === 0 ? null : await entryAt(fileSystem, path);
  // The name may lead to another file by now.
  const identity = entry === null ? null : identityOf(entry);
  if (identity === null) return null;
  const shared = own.find((one) => one.identity === identity)?.hold() ?? null;
  if (shared === null || shared.readable || !readable) return shared;
  try {
    shared.readThrough(await fileSystem.openRead(path));
  } catch (thrown) {
    await shared.release('finish');
    throw thrown;
  }
  return shared;
}

async function openUpdate(
  fileSystem: FileSystem,
  path: VirtualPath,
  options: OpenWriteOptions,
): Promise<InPlaceFile> {
  const handle = await fileSystem.openWrite(path, options);
  try {
    const identity = identityOf(await handle.stat());
    return new InPlaceFile({ path, handle, readable: options.readable === true, identity });
  } catch (thrown) {
    await handle.abort();
    throw thrown;
  }
}

function creation(request: OpenArguments, disposition: OpenWriteOptions['disposition']): OpenWriteOptions {
  return { disposition, mode: request.mode };
}

async function requireFile(fileSystem: FileSystem, path: VirtualPath): Promise<void> {
  const { type } = await fileSystem.stat(path);
  if (type === 'directory') throw new WherryError('is-directory', 'It is a directory', { path });
}

async function entryAt(fileSystem: FileSystem, path: VirtualPath): Promise<Entry | null> {
  try {
    return await fileSystem.stat(path);
  } catch (thrown) {
    if (toWherryError(thrown, 'look at the file').code === 'not-found') return null;
    throw thrown;
  }
}
