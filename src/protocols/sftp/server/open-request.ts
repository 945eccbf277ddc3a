import { WherryError } from '#core/errors.ts';
import type { FileSystem, OpenWriteOptions, WriteHandle } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { readAttributes } from '../wire/attributes.ts';
import { openFlag, packetType } from '../wire/packet-types.ts';
import { OpenFile, type OpenedFile } from './open-file.ts';
import { reply, type Reply } from './replies.ts';
import type { RequestRow } from './request-row.ts';
import type { SftpSession } from './sftp-session.ts';

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
    return has(flags, openFlag.write) ? session.change(run) : session.look(run);
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
  if (!writes) return { kind: 'read', handle: await fileSystem.openRead(path) };
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
