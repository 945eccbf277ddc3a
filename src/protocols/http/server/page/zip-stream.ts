import { Readable } from 'node:stream';
import { makeZip } from 'client-zip';
import type { Entry } from '#core/entry.ts';
import type { FileSystem } from '#core/file-system.ts';
import { encodeName } from '#core/name-encoding.ts';
import { joinName, nameOf, parentOf, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { pieces } from './pieces.ts';
import { downloadOf } from './session-content.ts';
import { walk } from './files/walk.ts';

/**
 * A zip archive of files and whole directories, made while it is read: each file is opened when its turn comes, and
 * nothing is kept. Files are stored as they are; links and devices are left out.
 */
export function zipOf(
  fileSystem: FileSystem,
  paths: readonly VirtualPath[],
  session: Session | undefined,
): Readable {
  const stream = makeZip(members({ fileSystem, session }, paths), { buffersAreUTF8: true });
  return Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
}

interface Source {
  readonly fileSystem: FileSystem;
  readonly session: Session | undefined;
}

interface Member {
  readonly name: Uint8Array;
  readonly lastModified?: Date;
  readonly input: AsyncIterable<Uint8Array>;
}

type ZipFolder = Omit<Member, 'input'>;

async function* members(source: Source, paths: readonly VirtualPath[]): AsyncGenerator<Member | ZipFolder> {
  for (const path of paths) {
    const { fileSystem } = source;
    const entry = await fileSystem.stat(path);
    yield* member(source, path, path, entry);
    if (entry.type !== 'directory') continue;
    for await (const { directory, entry: found } of walk(fileSystem, path))
      yield* member(source, path, joinName(directory, found.name), found);
  }
}

async function* member(
  { fileSystem, session }: Source,
  top: VirtualPath,
  path: VirtualPath,
  { type, modifiedAt }: Entry,
): AsyncGenerator<Member | ZipFolder> {
  const above = parentOf(top);
  const relative = path.slice(above === '/' ? 1 : above.length + 1);
  const time = modifiedAt === null ? {} : { lastModified: new Date(modifiedAt) };
  if (type === 'directory' && relative !== '') yield { name: encodeName(`${relative}/`), ...time };
  if (type === 'file') {
    const handle = await fileSystem.openRead(path);
    const input =
      session === undefined
        ? pieces(handle, 0, null)
        : downloadOf(session, { path, handle, start: 0, length: null });
    yield {
      name: encodeName(relative === '' ? nameOf(path) : relative),
      ...time,
      input,
    };
  }
}
