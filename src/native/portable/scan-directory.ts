import { close, lstat, open, opendir, readlink } from 'node:fs';
import type { Dir, Dirent, Stats } from 'node:fs';
import { constants } from 'node:fs';
import { promisify } from 'node:util';
import type { ScanOptions } from '../contract.ts';
import { DirectoryBatch } from '../directory-batch.ts';
import { errorCodeOf } from '../system-error.ts';
import { columnsOf } from './directory-columns.ts';
import type { ScannedEntry } from './directory-columns.ts';
import { descriptorPath } from './descriptor-path.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const openDirectory = promisify(opendir) as (path: Buffer, options: object) => Promise<Dir>;
const statLink = promisify(lstat);
const readLink = promisify(readlink) as (path: Buffer, options: { encoding: 'buffer' }) => Promise<Buffer>;

/** Enough to keep the thread pool busy; more would only queue there. */
const concurrentStats = 32;

/** Entries of a directory in batches; see {@link NativeRoom.scanDirectory}. */
export async function* scanDirectory(
  directoryFd: number,
  options: ScanOptions,
): AsyncGenerator<DirectoryBatch> {
  // Held for the whole scan, so that the caller may close its own descriptor.
  const ownFd = await openFile(descriptorPath(directoryFd, '.'), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const directory = await openDirectory(descriptorPath(ownFd, '.'), {
      encoding: 'buffer',
      bufferSize: 1024,
    });
    try {
      for (;;) {
        const found = await readNames(directory, options.maximumEntries);
        if (found.length === 0) return;
        const entries = await statAll(ownFd, found);
        entries.sort((left, right) => Buffer.compare(left.name, right.name));
        if (entries.length > 0) yield new DirectoryBatch(columnsOf(entries));
      }
    } finally {
      await directory.close();
    }
  } finally {
    await closeFile(ownFd);
  }
}

async function readNames(directory: Dir, maximum: number): Promise<Dirent<Buffer>[]> {
  const found: Dirent<Buffer>[] = [];
  while (found.length < maximum) {
    const entry = (await directory.read()) as Dirent<Buffer> | null;
    if (entry === null) break;
    found.push(entry);
  }
  return found;
}

async function statAll(directoryFd: number, found: readonly Dirent<Buffer>[]): Promise<ScannedEntry[]> {
  const entries: ScannedEntry[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let dirent = found[next]; dirent !== undefined; dirent = found[next]) {
      next += 1;
      const entry = await statEntry(directoryFd, dirent);
      if (entry !== undefined) entries.push(entry);
    }
  };
  await Promise.all(Array.from({ length: concurrentStats }, work));
  return entries;
}

async function statEntry(directoryFd: number, dirent: Dirent<Buffer>): Promise<ScannedEntry | undefined> {
  // Dirents of `opendir` hold text or octets as the encoding says.
  const name = Buffer.from(dirent.name);
  const path = descriptorPath(directoryFd, name.toString('latin1'));
  let stats: Stats;
  try {
    stats = await statLink(path);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    return { name, typeBits: typeBitsOf(dirent), stats: undefined, target: undefined };
  }
  if (!stats.isSymbolicLink()) return { name, typeBits: 0, stats, target: undefined };
  try {
    return { name, typeBits: 0, stats, target: await readLink(path, { encoding: 'buffer' }) };
  } catch {
    return { name, typeBits: 0, stats, target: undefined };
  }
}

function typeBitsOf(dirent: Dirent<Buffer>): number {
  if (dirent.isFile()) return constants.S_IFREG;
  if (dirent.isDirectory()) return constants.S_IFDIR;
  if (dirent.isSymbolicLink()) return constants.S_IFLNK;
  if (dirent.isFIFO()) return constants.S_IFIFO;
  if (dirent.isSocket()) return constants.S_IFSOCK;
  if (dirent.isBlockDevice()) return constants.S_IFBLK;
  return dirent.isCharacterDevice() ? constants.S_IFCHR : 0;
}
