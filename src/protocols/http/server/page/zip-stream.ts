import { Readable } from 'node:stream';
import { makeZip } from 'client-zip';
import type { Entry } from '#core/entry.ts';
import type { FileSystem } from '#core/file-system.ts';
import { encodeName } from '#core/name-encoding.ts';
import { joinName, nameOf, parentOf, type VirtualPath } from '#core/virtual-path.ts';
import { pieces } from './pieces.ts';
import { walk } from './files/walk.ts';

/**
 * A zip archive of files and whole directories, made while it is read: each file is opened when its turn comes, and
 * nothing is kept. Files are stored as they are; links and devices are left out.
 */
export function zipOf(fileSystem: FileSystem, paths: readonly VirtualPath[]): Readable {
  const stream = makeZip(members(fileSystem, paths), { buffersAreUTF8: true });
  return Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
}

interface Member {
  readonly name: Uint8Array;
  readonly lastModified?: Date;
  readonly input: AsyncIterable<Uint8Array>;
}

type ZipFolder = Omit<Member, 'input'>;

async function* members(
  fileSystem: FileSystem,
  paths: readonly VirtualPath[],
): AsyncGenerator<Member | ZipFolder> {
  for (const path of paths) {
    const entry = await fileSystem.stat(path);
    yield* member(fileSystem, path, path, entry);
    if (entry.type !== 'directory') continue;
    for await (const { directory, entry: found } of walk(fileSystem, path))
      yield* member(fileSystem, path, joinName(directory, found.name), found);
  }
}

async function* member(
  fileSystem: FileSystem,
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
    yield {
      name: encodeName(relative === '' ? nameOf(path) : relative),
      ...time,
      input: pieces(handle, 0, null),
    };
  }
}
