import { closeSync, constants, lstatSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { isPending } from '#core/awaitable.ts';
import type { Awaitable } from '#core/awaitable.ts';
import { decodeName } from '#core/name-encoding.ts';
import { rootPath } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { directoryNames, openBeneath } from '#native/index.ts';
import { failure } from '../failure.ts';
import { always, chain, onFailure } from './attempt.ts';
import { Descriptor } from './descriptor.ts';
import { childPath, kernelPath, openFlags } from './kernel.ts';
import { hasTemporaryName, isTemporaryName } from './temporary-name.ts';

/** Links followed by hand before it counts as a loop: the number that Linux allows (path_resolution(7)). */
const maximumLinksFollowed = 40;

/** A name in a directory that is held open, so that acting on it needs no second look-up of the way there. */
export interface Place {
  readonly directory: number;
  /** Empty for the root itself, which has no name. */
  readonly name: string;
}

/** A place whose name is no link, with what stood there when it was looked at. */
export interface FinalPlace extends Place {
  readonly stats: Stats | undefined;
}

/**
 * Opens everything beneath one directory. The kernel resolves each path as if that directory were the root of the
 * host, so that neither `..` nor an absolute link nor one that is swapped in meanwhile leads out.
 */
export class Jail {
  readonly #root: Descriptor;
  readonly #followsLinks: boolean;

  constructor(root: number | Descriptor, options: { readonly followsLinks?: boolean } = {}) {
    this.#root = typeof root === 'number' ? new Descriptor(root) : root;
    this.#followsLinks = options.followsLinks ?? true;
  }

  /** The same root for paths without links: one that stands on the way is an error. */
  withoutLinks(): Jail {
    return new Jail(this.#root, { followsLinks: false });
  }

  get root(): number {
    return this.#root.number;
  }

  /** @throws the error of the system call; WherryError `closed` */
  open(path: string, flags: number): Awaitable<number> {
    if (this.#root.ended) throw failure('closed', 'use the directory tree');
    if (!this.#followsLinks) return this.#root.hold(this.#openStepwise(path, flags));
    const opened = openBeneath(this.#root.number, kernelPath(path), flags);
    return isPending(opened) ? this.#root.hold(opened) : opened;
  }

  /** Opens one name after the other, each held while the next is opened in it, and none of them a link. */
  async #openStepwise(path: string, flags: number): Promise<number> {
    const names = path.split('/').filter((name) => name !== '');
    const last = names.pop() ?? '/';
    let directory = this.#root.number;
    try {
      for (const name of names) {
        const next = await openBeneath(directory, kernelPath(name), openFlags.linklessDirectoryPlace);
        if (directory !== this.#root.number) closeSync(directory);
        directory = next;
      }
      return await openBeneath(directory, kernelPath(last), flags | constants.O_NOFOLLOW);
    } finally {
      if (directory !== this.#root.number) closeSync(directory);
    }
  }

  /** Opens what the path leads to and closes it when `use` is done with it. */
  withOpen<T>(path: string, flags: number, use: (fileDescriptor: number) => Awaitable<T>): Awaitable<T> {
    return chain(this.open(path, flags), (opened) =>
      always(
        () => use(opened),
        () => {
          closeSync(opened);
        },
      ),
    );
  }

  /** Holds the directory of a name that exists; temporary names do not. */
  withPlace<T>(path: VirtualPath, action: string, use: (place: Place) => Awaitable<T>): Awaitable<T> {
    if (hasTemporaryName(path)) throw failure('not-found', action, path);
    return this.#withPlace(path, use);
  }

  /** Holds the directory of a name to be made; temporary names may not be. */
  withNewPlace<T>(path: VirtualPath, action: string, use: (place: Place) => Awaitable<T>): Awaitable<T> {
    if (path === rootPath) throw failure('exists', action, path);
    if (hasTemporaryName(path)) throw failure('name-invalid', action, path);
    return this.#withPlace(path, use);
  }

  #withPlace<T>(path: VirtualPath, use: (place: Place) => Awaitable<T>): Awaitable<T> {
    const { directory, name } = splitPath(path);
    return this.withOpen(directory, openFlags.directoryPlace, (opened) => use({ directory: opened, name }));
  }

  /**
   * Holds the place where opening a path for writing would end, and what stands there; the caller closes
   * `directory`. Links in the last component are followed one by one, unless the name itself is asked for.
   */
  openFinalPlace(path: VirtualPath, options: FinalPlaceOptions): Awaitable<FinalPlace> {
    return this.#follow(path, { ...options, path, followed: 0 });
  }

  #follow(rawPath: string, trail: Trail): Awaitable<FinalPlace> {
    const { directory, name } = splitPath(rawPath);
    if (name === '' || name === '.' || name === '..') {
      throw failure('is-directory', trail.action, trail.path);
    }
    if (isTemporaryName(name)) throw failure('name-invalid', trail.action, trail.path);
    return chain(this.open(directory, openFlags.directoryPlace), (opened) =>
      onFailure(
        () => this.#followFrom({ directory: opened, name }, directory, trail),
        () => {
          closeSync(opened);
        },
      ),
    );
  }

  #followFrom(place: Place, rawDirectory: string, trail: Trail): Awaitable<FinalPlace> {
    // The usual case, and cheap to tell.
    if (directoryNames.isFree(place.directory, kernelPath(place.name))) return { ...place, stats: undefined };
    const path = childPath(place.directory, place.name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true || !trail.followLast) return { ...place, stats };
    if (!this.#followsLinks) throw failure('link-loop', trail.action, trail.path);
    if (trail.followed >= maximumLinksFollowed) throw failure('link-loop', trail.action, trail.path);
    const text = decodeName(readlinkSync(path, 'buffer'));
    const next = text.startsWith('/') ? text : `${rawDirectory}/${text}`;
    return chain(this.#follow(next, { ...trail, followed: trail.followed + 1 }), (found) => {
      closeSync(place.directory);
      return found;
    });
  }

  close(): Awaitable<void> {
    return this.#root.idle ? this.#root.endNow() : this.#root.end();
  }
}

export interface FinalPlaceOptions {
  readonly action: string;
  readonly followLast: boolean;
}

interface Trail extends FinalPlaceOptions {
  readonly path: VirtualPath;
  readonly followed: number;
}

/** Splits without canonicalising: a link's text may climb, and only the kernel knows where from. */
function splitPath(path: string): { directory: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { directory: slash <= 0 ? '/' : path.slice(0, slash), name: path.slice(slash + 1) };
}
