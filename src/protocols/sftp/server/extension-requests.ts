import { WherryError } from '#core/errors.ts';
import type { Space } from '#core/file-system.ts';
import { decodeName } from '#core/name-encoding.ts';
import { parentOf, resolveVirtualPath } from '#core/virtual-path.ts';
import { readAttributes } from '../wire/attributes.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';
import { canonicalPath, renameRequest, unsupported } from './path-requests.ts';
import { extendedReply, nameReply, okReply, type Reply } from './replies.ts';
import type { ExtensionRow, RequestRow } from './request-row.ts';
import type { SftpSession } from './sftp-session.ts';

const readOnlyFlag = 1;
const noSetUserIdFlag = 2;

function announce(row: RequestRow, data = '1'): ExtensionRow {
  return { ...row, announced: { name: row.name, data } };
}

/** statvfs and fstatvfs: eleven numbers in the order of OpenSSH's PROTOCOL section 4.4. */
function spaceReply(space: Space): Reply {
  const blocks = (octets: number): number => Math.floor(octets / space.blockSize);
  return extendedReply((writer) => {
    const numbers = [
      space.blockSize,
      space.blockSize,
      blocks(space.totalBytes),
      blocks(space.freeBytes),
      blocks(space.availableBytes),
      space.totalFiles,
      space.freeFiles,
      space.freeFiles,
      0,
      noSetUserIdFlag | (space.readOnly ? readOnlyFlag : 0),
      space.maximumNameLength,
    ];
    for (const number of numbers) writer.uint64(number);
  });
}

async function spaceOf(
  session: SftpSession,
  path: Parameters<SftpSession['fileSystem']['stat']>[0],
): Promise<Space> {
  const space = await session.fileSystem.space?.(path);
  if (space === undefined) throw unsupported();
  return space;
}

const hasSpace: ExtensionRow['available'] = ({ capabilities }) => capabilities.space;

const statvfs: ExtensionRow = {
  ...announce(
    {
      name: 'statvfs@openssh.com',
      writes: false,
      prepare(session, reader) {
        const path = session.path(reader.string());
        return session.look(async () => spaceReply(await spaceOf(session, path)));
      },
    },
    '2',
  ),
  available: hasSpace,
};

const fstatvfs: ExtensionRow = {
  ...announce(
    {
      name: 'fstatvfs@openssh.com',
      writes: false,
      prepare(session, reader) {
        const opened = session.handles.get(reader.string());
        // A hidden upload has no name yet, but its directory lies on the same device.
        const path = opened.type === 'file' && opened.hidden ? parentOf(opened.path) : opened.path;
        return session.look(async () => spaceReply(await spaceOf(session, path)));
      },
    },
    '2',
  ),
  available: hasSpace,
};

/** draft-ietf-secsh-filexfer-extensions-00 section 4: on the device, for the user, and the unit of allocation. */
const spaceAvailable: ExtensionRow = {
  ...announce({
    name: 'space-available',
    writes: false,
    prepare(session, reader) {
      const path = session.path(reader.string());
      return session.look(async () => {
        const { totalBytes, freeBytes, availableBytes, blockSize } = await spaceOf(session, path);
        return extendedReply((writer) => {
          writer
            .uint64(totalBytes)
            .uint64(freeBytes)
            .uint64(totalBytes)
            .uint64(availableBytes)
            .uint32(blockSize);
        });
      });
    },
  }),
  available: hasSpace,
};

const hardlink: ExtensionRow = {
  ...announce({
    name: 'hardlink@openssh.com',
    writes: true,
    prepare(session, reader) {
      const existing = session.path(reader.string());
      const path = session.path(reader.string());
      return session.change(async () => {
        if (session.fileSystem.createHardLink === undefined) throw unsupported();
        await session.handles.hiddenUpload(existing)?.publish(session.fileSystem);
        await session.fileSystem.createHardLink(existing, path);
        return okReply;
      });
    },
  }),
  available: ({ capabilities }) => capabilities.hardLinks,
};

const fsync = announce({
  name: 'fsync@openssh.com',
  writes: true,
  prepare(session, reader) {
    const file = session.handles.file(reader.string());
    return session.onHandle(file, 'exclusive', async () => {
      await file.sync();
      return okReply;
    });
  },
});

const lsetstat = announce({
  name: 'lsetstat@openssh.com',
  writes: true,
  prepare(session, reader) {
    const path = session.path(reader.string());
    const attributes = readAttributes(reader);
    if (attributes.size !== undefined) throw new WherryError('invalid-argument', 'A link has no size to set');
    return session.change(async () => {
      await session.fileSystem.setAttributes(path, attributes, { followSymlink: false });
      return okReply;
    });
  },
});

const limits = announce({
  name: 'limits@openssh.com',
  writes: false,
  prepare(session) {
    const { packetLength, transferLength, handles } = session.limits;
    return session.look(() =>
      extendedReply((writer) => {
        writer.uint64(packetLength).uint64(transferLength).uint64(transferLength).uint64(handles);
      }),
    );
  },
});

/** `~` and `~me` are home; nobody else's home is anybody's business. */
function expand(session: SftpSession, text: string): string {
  const match = /^~([^/]*)(.*)$/su.exec(text);
  if (match === null) return text;
  const [, user, rest = ''] = match;
  if (user !== '' && user !== session.user) throw new WherryError('not-found', 'There is no such user');
  return `${session.home}${rest}`;
}

const expandPath = announce({
  name: 'expand-path@openssh.com',
  writes: false,
  prepare(session, reader) {
    const path = resolveVirtualPath(session.home, expand(session, decodeName(reader.string())));
    return session.look(async () => nameReply(await canonicalPath(session, path)));
  },
});

const homeDirectory = announce({
  name: 'home-directory',
  writes: false,
  prepare(session, reader) {
    const path = resolveVirtualPath(session.home, expand(session, `~${decodeName(reader.string())}`));
    return session.look(() => nameReply(path));
  },
});

function readIdentifiers(reader: SftpReader, maximum: number): readonly number[] {
  const bytes = reader.string();
  if (bytes.length % 4 !== 0 || bytes.length / 4 > maximum) {
    throw new WherryError('protocol', 'The list of numbers is not possible');
  }
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32BE(index * 4));
}

function encodeNames(names: readonly string[]): Buffer {
  const parts = names.map((name) => {
    const bytes = Buffer.from(name, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(parts);
}

const usersGroupsById = announce({
  name: 'users-groups-by-id@openssh.com',
  writes: false,
  prepare(session, reader) {
    const { identities, limits } = session;
    const users = readIdentifiers(reader, limits.identifiers);
    const groups = readIdentifiers(reader, limits.identifiers);
    return session.look(() =>
      extendedReply((writer) => {
        writer.string(encodeNames(users.map((id) => identities?.user(id) ?? '')));
        writer.string(encodeNames(groups.map((id) => identities?.group(id) ?? '')));
      }),
    );
  },
});

const posixRename = announce(renameRequest('posix-rename@openssh.com', true));

/** Extensions that are a single step on the tree or on a handle. */
export const simpleExtensions: readonly ExtensionRow[] = [
  posixRename,
  statvfs,
  fstatvfs,
  hardlink,
  fsync,
  lsetstat,
  limits,
  expandPath,
  homeDirectory,
  usersGroupsById,
  spaceAvailable,
];
