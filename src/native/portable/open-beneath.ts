import { close, constants, fstat, open, readlink, stat, statfs } from 'node:fs';
import { promisify } from 'node:util';
import { errorCodeOf, systemError } from '../system-error.ts';
import { descriptorPath } from './descriptor-path.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const statDescriptor = promisify(fstat);
const statPath = promisify(stat);
const statFileSystem = promisify(statfs);
const readLink = promisify(readlink) as (path: Buffer, options: { encoding: 'buffer' }) => Promise<Buffer>;

/** O_PATH of Linux, which Node does not name. */
const pathOnly = 0o10000000;
const descendFlags = pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** The kernel's own cap on links in one path (path_resolution(7)). */
const maximumLinks = 40;
/** PATH_MAX with its terminating zero. */
const maximumPathLength = 4095;
const procFileSystem = 0x9fa0;
const procRootInode = 1;

/**
 * Opens `path` below `rootFd` as openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS would: one component at
 * a time with O_NOFOLLOW, links resolved by hand. Every step starts at a directory that is held open, so what is
 * swapped between two steps can only lead elsewhere inside the root.
 */
export async function openBeneath(
  rootFd: number,
  path: string | Uint8Array,
  flags: number,
  mode = 0o666,
): Promise<number> {
  const text = Buffer.from(path).toString('latin1');
  if (text === '') throw systemError('ENOENT', 'open');
  if (text.includes('\0')) throw systemError('EINVAL', 'open');
  if (text.length > maximumPathLength) throw systemError('ENAMETOOLONG', 'open');
  if ((flags & constants.O_CREAT) !== 0 && /[^/]\/+$/u.test(text)) throw systemError('EISDIR', 'open');
  const walk = new Walk(rootFd, text);
  try {
    return await walk.open(flags, mode);
  } finally {
    await walk.close();
  }
}

class Walk {
  readonly #rootFd: number;
  #directoryFd: number;
  /** The names that lead from the root to the directory; none of them was a link. */
  #names: string[] = [];
  #pending: string[];
  #links = 0;

  constructor(rootFd: number, path: string) {
    this.#rootFd = rootFd;
    this.#directoryFd = rootFd;
    this.#pending = componentsOf(path);
  }

  async open(flags: number, mode: number): Promise<number> {
    for (;;) {
      const name = this.#pending.shift() ?? '.';
      const last = this.#pending.length === 0;
      if (name === '..') await this.#ascend();
      if (name === '.' || name === '..') {
        if (last) return await openFile(descriptorPath(this.#directoryFd, '.'), flags, mode);
      } else if (last) {
        const descriptor = await this.#openLast(name, flags, mode);
        if (descriptor !== undefined) return descriptor;
      } else {
        await this.#descend(name);
      }
    }
  }

  async close(): Promise<void> {
    await this.#enter(this.#rootFd);
  }

  /** Opens the last component, or puts what the link there says in its place and returns undefined. */
  async #openLast(name: string, flags: number, mode: number): Promise<number | undefined> {
    const path = descriptorPath(this.#directoryFd, name);
    if ((flags & constants.O_NOFOLLOW) !== 0) return await openFile(path, flags, mode);
    let descriptor: number;
    try {
      descriptor = await openFile(path, flags | constants.O_NOFOLLOW, mode);
    } catch (error) {
      const code = errorCodeOf(error);
      if (code !== 'ELOOP' && code !== 'ENOTDIR') throw error;
      await this.#follow(name, error);
      return undefined;
    }
    if ((flags & pathOnly) === 0) return descriptor;
    const stats = await statDescriptor(descriptor);
    if (!stats.isSymbolicLink()) return descriptor;
    await closeFile(descriptor);
    await this.#follow(name, systemError('ELOOP', 'open'));
    return undefined;
  }

  async #descend(name: string): Promise<void> {
    let descriptor: number;
    try {
      descriptor = await openFile(descriptorPath(this.#directoryFd, name), descendFlags);
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOTDIR') throw error;
      await this.#follow(name, error);
      return;
    }
    await this.#enter(descriptor);
    this.#names.push(name);
  }

  async #ascend(): Promise<void> {
    // Walked down again from the root: `..` of a directory that was moved meanwhile could lie outside.
    const names = this.#names.slice(0, -1);
    await this.#enter(this.#rootFd);
    this.#names = [];
    for (const name of names) {
      await this.#enter(await openFile(descriptorPath(this.#directoryFd, name), descendFlags));
      this.#names.push(name);
    }
  }

  /** @param refusal what to throw when `name` turns out not to be a link */
  async #follow(name: string, refusal: unknown): Promise<void> {
    this.#links += 1;
    if (this.#links > maximumLinks) throw systemError('ELOOP', 'open');
    let target: string;
    try {
      target = (await readLink(descriptorPath(this.#directoryFd, name), { encoding: 'buffer' })).toString(
        'latin1',
      );
    } catch (error) {
      if (errorCodeOf(error) !== 'EINVAL') throw error;
      // A link when it was opened and none any more: it was swapped, so look again.
      if (errorCodeOf(refusal) !== 'ELOOP') throw refusal;
      this.#pending.unshift(name);
      return;
    }
    if (await this.#holdsMagicLinks()) throw systemError('ELOOP', 'open');
    if (target.startsWith('/')) {
      await this.#enter(this.#rootFd);
      this.#names = [];
    }
    this.#pending.unshift(...componentsOf(target));
  }

  /** The links below a process in /proc do not lead where their text says; those in /proc itself do. */
  async #holdsMagicLinks(): Promise<boolean> {
    const here = descriptorPath(this.#directoryFd, '.');
    if ((await statFileSystem(here)).type !== procFileSystem) return false;
    return (await statPath(here)).ino !== procRootInode;
  }

  async #enter(descriptor: number): Promise<void> {
    const left = this.#directoryFd;
    this.#directoryFd = descriptor;
    if (left !== this.#rootFd && left !== descriptor) await closeFile(left);
  }
}

/** A path's names; a slash at the end asks for a directory, as `.` does. */
function componentsOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (path.endsWith('/')) names.push('.');
  return names;
}
