import { toWherryError, WherryError } from '#core/errors.ts';
import type { FileSystem, OpenWriteOptions, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { readAttributes } from '../wire/attributes.ts';
import { openFlag, packetType } from '../wire/packet-types.ts';
import { OpenFile, type OpenedFile } from './open-file.ts';
import { reply, type Reply } from './replies.ts';
import type { RequestRow } from './request-row.ts';
import type { SftpSession } from './sftp-session.ts';

/** Flags with which OPEN may change something. */
const changing = openFlag.write | openFlag.append | openFlag.create | openFlag.truncate;

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
  const hidden = !readable && !append && (exclusive || has(flags, openFlag.truncate));
  const handle = hidden
    ? await fileSystem.openWrite(path, creation(request, exclusive ? 'create' : 'replace'))
    : await openInPlace(fileSystem, request, exclusive);
  return { kind: 'write', handle, hidden, append, readable };
}

/** What open(2) does for CREAT, EXCL and TRUNC of a file that is then only read. */
async function prepareForReading(fileSystem: FileSystem, request: OpenArguments): Promise<void> {
  const { path, flags } = request;
  const creates = has(flags, openFlag.create);
  const exclusive = creates && has(flags, openFlag.exclusive);
  const truncates = has(flags, openFlag.truncate);
  if (!creates) await requireFile(fileSystem, path);
  else if (!exclusive && !truncates && (await exists(fileSystem, path))) return;
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
  fileSystem: FileSystem,
  request: OpenArguments,
  exclusive: boolean,
): Promise<WriteHandle> {
  const { path, flags } = request;
  // A file that is read while it is written cannot stay hidden; an empty one takes the name at once.
  if (exclusive) await (await fileSystem.openWrite(path, creation(request, 'create'))).finish();
  const readable = has(flags, openFlag.read);
  const handle = await fileSystem.openWrite(path, { ...creation(request, 'update'), readable });
  try {
    if (has(flags, openFlag.truncate)) await handle.truncate(0);
  } catch (thrown) {
    await handle.abort();
    throw thrown;
  }
  return handle;
}

function creation(request: OpenArguments, disposition: OpenWriteOptions['disposition']): OpenWriteOptions {
  return { disposition, mode: request.mode };
}

async function requireFile(fileSystem: FileSystem, path: VirtualPath): Promise<void> {
  const { type } = await fileSystem.stat(path);
  if (type === 'directory') throw new WherryError('is-directory', 'It is a directory', { path });
}

async function exists(fileSystem: FileSystem, path: VirtualPath): Promise<boolean> {
  try {
    await fileSystem.stat(path);
    return true;
  } catch (thrown) {
    if (toWherryError(thrown, 'look at the file').code === 'not-found') return false;
    throw thrown;
  }
}
