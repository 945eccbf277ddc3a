import { constants } from 'node:fs';
import { encodeName } from '#core/name-encoding.ts';

/** Linux's number for a descriptor that only stands for a place; Node does not name it. */
const O_PATH = 0o10000000;

/** Ways to open, for {@link Jail.open}. Every one is closed on exec by whoever opens it. */
export const openFlags = Object.freeze({
  /** What the path leads to, whatever it is, without opening it for data. */
  place: O_PATH,
  /** The same for a link itself. */
  placeOfLink: O_PATH | constants.O_NOFOLLOW,
  directoryPlace: O_PATH | constants.O_DIRECTORY,
  linklessDirectoryPlace: O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW,
  directory: constants.O_RDONLY | constants.O_DIRECTORY,
  /** Neither waits for the other end of a pipe nor takes a terminal over. */
  read: constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
  write: constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
  readWrite: constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY,
});

/** A path as the kernel takes it: a string where UTF-8 can say it, else the bytes that the name stands for. */
export function kernelPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path);
}

/**
 * The path of what a descriptor stands for. The kernel jumps to the very inode (proc(5), `/proc/self/fd`), so no
 * name is looked up twice and nothing can be swapped in between.
 */
export function descriptorPath(fileDescriptor: number): string {
  return `/proc/self/fd/${fileDescriptor}`;
}

/** The path of a name in the directory that a descriptor stands for. */
export function childPath(directory: number, name: string): string | Buffer {
  return kernelPath(`/proc/self/fd/${directory}/${name}`);
}
