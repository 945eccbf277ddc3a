import type { Entry } from '#core/entry.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { decodeName } from '#core/name-encoding.ts';
import { parentOf, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { readAttributes } from '../wire/attributes.ts';
import { packetType } from '../wire/packet-types.ts';
import { OpenDirectory } from './open-directory.ts';
import { attributesReply, nameReply, okReply, reply } from './replies.ts';
import type { RequestRow } from './request-row.ts';
import type { SftpSession } from './sftp-session.ts';

/** Of an upload that is still hidden, the client that makes it is told what it has written. */
async function statOf(session: SftpSession, path: VirtualPath, followSymlink: boolean): Promise<Entry> {
  const upload = session.handles.hiddenUpload(path);
  return upload === null ? session.fileSystem.stat(path, { followSymlink }) : upload.stat();
}

function statRequest(name: string, followSymlink: boolean): RequestRow {
  return {
    name,
    writes: false,
    prepare(session, reader) {
      const path = session.path(reader.string());
      return session.look(async () => attributesReply(await statOf(session, path, followSymlink)));
    },
  };
}

/** STAT and LSTAT (section 6.8). */
export const statRequests = { stat: statRequest('STAT', true), lstat: statRequest('LSTAT', false) };

/** SETSTAT (section 6.9). */
export const setstatRequest: RequestRow = {
  name: 'SETSTAT',
  writes: true,
  prepare(session, reader) {
    const path = session.path(reader.string());
    const attributes = readAttributes(reader);
    return session.change(async () => {
      const upload = session.handles.hiddenUpload(path);
      if (upload === null) await session.fileSystem.setAttributes(path, attributes);
      else await upload.setAttributes(attributes);
      return okReply;
    });
  },
};

/** OPENDIR (section 6.7). */
export const opendirRequest: RequestRow = {
  name: 'OPENDIR',
  writes: false,
  prepare(session, reader) {
    const path = session.path(reader.string());
    return session.look(async () => {
      const { handles, fileSystem, limits } = session;
      handles.reserve();
      const directory = new OpenDirectory(fileSystem, path, limits.listingLength);
      try {
        await directory.start();
      } catch (thrown) {
        handles.cancel();
        throw thrown;
      }
      const handle = handles.add(directory);
      return reply(packetType.handle, (writer) => writer.string(handle));
    });
  },
};

/** READDIR (section 6.7). */
export const readdirRequest: RequestRow = {
  name: 'READDIR',
  writes: false,
  prepare(session, reader) {
    const opened = session.handles.get(reader.string());
    if (opened.type === 'file') throw new WherryError('is-directory', 'The handle is that of a file');
    return session.onHandle(opened, 'exclusive', () => opened.read());
  },
};

/** REMOVE (section 6.5). */
export const removeRequest: RequestRow = {
  name: 'REMOVE',
  writes: true,
  prepare(session, reader) {
    const path = session.path(reader.string());
    return session.change(async () => {
      const upload = session.handles.hiddenUpload(path);
      upload?.remove();
      try {
        await session.fileSystem.removeFile(path);
      } catch (thrown) {
        const error = toWherryError(thrown, 'remove the file');
        if (upload === null || error.code !== 'not-found') throw error;
      }
      return okReply;
    });
  },
};

/** MKDIR (section 6.6). */
export const mkdirRequest: RequestRow = {
  name: 'MKDIR',
  writes: true,
  prepare(session, reader) {
    const path = session.path(reader.string());
    const { mode } = readAttributes(reader);
    return session.change(async () => {
      await session.fileSystem.makeDirectory(path, mode === undefined ? {} : { mode });
      return okReply;
    });
  },
};

/** RMDIR (section 6.6). */
export const rmdirRequest: RequestRow = {
  name: 'RMDIR',
  writes: true,
  prepare(session, reader) {
    const path = session.path(reader.string());
    return session.change(async () => {
      await session.fileSystem.removeDirectory(path);
      return okReply;
    });
  },
};

/**
 * The canonical path that links lead to; where that may not be looked at, the path as it is written.
 *
 * @throws WherryError `not-found` when more than the last component is missing, as OpenSSH's server answers
 */
export async function canonicalPath(session: SftpSession, path: VirtualPath): Promise<VirtualPath> {
  const { fileSystem } = session;
  if (fileSystem.realPath === undefined) return path;
  try {
    const canonical = await fileSystem.realPath(path);
    if (canonical !== rootPath) await fileSystem.stat(parentOf(canonical));
    return canonical;
  } catch (thrown) {
    const error = toWherryError(thrown, 'find the path');
    if (error.code === 'permission') return path;
    throw error;
  }
}

/** REALPATH (section 6.11). */
export const realpathRequest: RequestRow = {
  name: 'REALPATH',
  writes: false,
  prepare(session, reader) {
    const path = session.path(reader.string());
    return session.look(async () => nameReply(await canonicalPath(session, path)));
  },
};

/** Renames; what the client uploads under the old name becomes visible first, as it means that file. */
export function renameRequest(name: string, overwrite: boolean): RequestRow {
  return {
    name,
    writes: true,
    prepare(session, reader) {
      const from = session.path(reader.string());
      const to = session.path(reader.string());
      return session.change(async () => {
        await session.handles.hiddenUpload(from)?.publish(session.fileSystem);
        await session.fileSystem.rename(from, to, { overwrite });
        return okReply;
      });
    },
  };
}

/** READLINK (section 6.10). */
export const readlinkRequest: RequestRow = {
  name: 'READLINK',
  writes: false,
  prepare(session, reader) {
    const path = session.path(reader.string());
    return session.look(async () => {
      const text = await session.fileSystem.readSymlink?.(path);
      if (text === undefined) throw unsupported();
      return nameReply(text);
    });
  },
};

/** SYMLINK (section 6.10) with the text first and the link second, the order of OpenSSH and so of everybody. */
export const symlinkRequest: RequestRow = {
  name: 'SYMLINK',
  writes: true,
  prepare(session, reader) {
    const text = decodeName(reader.string());
    const path = session.path(reader.string());
    return session.change(async () => {
      if (session.fileSystem.createSymlink === undefined) throw unsupported();
      await session.fileSystem.createSymlink(text, path);
      return okReply;
    });
  },
};

/** The storage has no such thing. */
export function unsupported(): WherryError {
  return new WherryError('not-supported', 'This storage cannot do that');
}
